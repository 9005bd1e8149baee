"""Log groups under the data key."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

# The construct takes names of an enumeration, not days; to set the days of its resource takes three requests of the CDK's process.
RETENTION = {
    1: "ONE_DAY", 3: "THREE_DAYS", 5: "FIVE_DAYS", 7: "ONE_WEEK", 14: "TWO_WEEKS", 30: "ONE_MONTH", 60: "TWO_MONTHS", 90: "THREE_MONTHS",
    120: "FOUR_MONTHS", 150: "FIVE_MONTHS", 180: "SIX_MONTHS", 365: "ONE_YEAR", 400: "THIRTEEN_MONTHS", 545: "EIGHTEEN_MONTHS",
    731: "TWO_YEARS", 1096: "THREE_YEARS", 1827: "FIVE_YEARS", 3653: "TEN_YEARS",
}  # fmt: skip


class EncryptedLogs(Construct):
    """A log group that keeps `days` and goes with its stack: logs are not data. `name` only where a service requires one."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, days: int, name: str | None = None) -> None:
        super().__init__(scope, construct_id)
        self.group = logs.LogGroup(
            self,
            "Group",
            encryption_key=key,
            log_group_name=name,
            retention=logs.RetentionDays[RETENTION[days]],
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
