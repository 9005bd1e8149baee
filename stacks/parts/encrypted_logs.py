"""Log groups under the data key."""

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct


class EncryptedLogs(Construct):
    """A log group that keeps `days` and goes with its stack: logs are not data. `name` only where a service requires one."""

    def __init__(self, scope: Construct, construct_id: str, *, key: kms.IKey, days: int, name: str | None = None) -> None:
        super().__init__(scope, construct_id)
        self.group = logs.LogGroup(self, "Group", encryption_key=key, log_group_name=name, removal_policy=cdk.RemovalPolicy.DESTROY)
        resource = self.group.node.default_child
        assert isinstance(resource, logs.CfnLogGroup)
        resource.retention_in_days = days  # the construct takes names of an enumeration, not days
