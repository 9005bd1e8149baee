"""The key under which all data of an environment lies."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.parts.here import ACCOUNT, REGION, arn
from stacks.parts.keeping import fate

# Later stages own what these services touch, so they are bounded by account and never by an ARN of a later stage.
SERVICES = ("budgets", "cloudwatch", "events", "sns")
LOG_ACTIONS = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


class DataKey(Construct):
    """A rotating key. Roles get it by their own policies; services that act for nobody's role are named in its policy."""

    def __init__(self, scope: Construct, construct_id: str, *, erasable: bool, waiting_days: int) -> None:
        super().__init__(scope, construct_id)
        self.key = kms.Key(
            self,
            "Key",
            description=f"{cdk.Stack.of(self).stack_name}: all data of this environment",
            enable_key_rotation=True,
            pending_window=cdk.Duration.days(waiting_days),
            removal_policy=fate(erasable=erasable),
        )
        self.key.add_to_resource_policy(_log_groups())
        self.key.add_to_resource_policy(_services())
        self.key.add_to_resource_policy(_events_into_queues())


def _log_groups() -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="EncryptedLogGroups",
        principals=[iam.ServicePrincipal(f"logs.{REGION}.amazonaws.com")],
        actions=list(LOG_ACTIONS),
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn("logs", resource="log-group:*")}},
    )


def _services() -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="ServicesOfThisAccount",
        principals=[iam.ServicePrincipal(f"{service}.amazonaws.com") for service in SERVICES],
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],
        conditions={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    )


def _events_into_queues() -> iam.PolicyStatement:
    # KMS may not learn for which account EventBridge acts; SQS always names its queue.
    return iam.PolicyStatement(
        sid="EventsIntoQueuesOfThisAccount",
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["kms:Decrypt", "kms:GenerateDataKey"],
        resources=["*"],
        conditions={"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": arn("sqs", resource="*")}},
    )
