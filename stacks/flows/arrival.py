"""How a flow is started by the files that arrive: S3 tells EventBridge, a queue collects, a function starts the run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.parts.access import allow
from stacks.parts.encrypted_logs import EncryptedLogs
from stacks.parts.here import ACCOUNT, arn
from stacks.parts.service_role import Permission, ServiceRole

CODE = Path(__file__).parents[2] / "lambda" / "flows_start_run"
FUNCTION_SECONDS = 10
STARTERS = 2  # the fewest that Lambda takes
BATCH = 1000  # an event takes 2 KB, and a batch at most 6 MB
LONGEST_WAITS = 2  # a message may wait for the run that goes on, and for one that a person starts right after it
MOST_WAITS = 400
SPARE_RECEIVES = 10
QUEUE_DAYS, DEAD_LETTER_DAYS = 10, 14


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What is watched: keys of a bucket that begin with one of the prefixes, collected for so many seconds; and how long a run may take.

    `dead_letters` is the name of the queue of what could not be delivered or understood. Files in folders that are no partition in
    `database` start the crawler of their dataset, of `crawlers` by dataset.
    """

    bucket: s3.IBucket
    prefixes: Sequence[str]
    seconds: int
    run_seconds: int
    dead_letters: str
    database: str
    crawlers: Mapping[str, str]

    @property
    def hidden_seconds(self) -> int:
        """How long a message that was given back stays away: Lambda asks for six times the function's timeout and the window."""
        return max(6 * FUNCTION_SECONDS + self.seconds, ceil(self.run_seconds / MOST_WAITS))

    @property
    def receives(self) -> int:
        """How often a message may be given back before it is a dead letter: never because runs took long."""
        return LONGEST_WAITS * ceil(self.run_seconds / self.hidden_seconds) + SPARE_RECEIVES


class Arrival(Construct):
    """Starts a state machine for files that arrive. What cannot be delivered or understood is in `dead_letters`."""

    def __init__(
        self, scope: Construct, construct_id: str, *, watch: Watch, machine: sfn.StateMachine, key: kms.IKey, log_days: int
    ) -> None:
        super().__init__(scope, construct_id)
        self._watch, self._key = watch, key
        self.dead_letters = self._queue("DeadLetters", days=DEAD_LETTER_DAYS)
        self.queue = self._queue("Queue", days=QUEUE_DAYS, dead_letters=self.dead_letters)
        self._announce()
        logs = EncryptedLogs(self, "Logs", key=key, days=log_days).group
        role = self._role(machine, log_group=logs.log_group_arn)
        self.function = lambda_.Function(
            self,
            "Function",
            description="Starts a run for files that have arrived",
            code=lambda_.Code.from_asset(str(CODE), exclude=["__pycache__", "*.pyc"]),
            handler="flows_start_run.handler",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=cdk.Duration.seconds(FUNCTION_SECONDS),
            environment={"STATE_MACHINE_ARN": machine.state_machine_arn, **self._discovery()},
            environment_encryption=key,
            role=role.without_policy_updates(),
            log_group=logs,
        )
        self.function.node.add_dependency(role)
        self._collect().node.add_dependency(role)  # Lambda looks at the role's permissions when it is told to read the queue

    def _queue(self, name: str, *, days: int, dead_letters: sqs.Queue | None = None) -> sqs.Queue:
        return sqs.Queue(
            self,
            name,
            queue_name=None if dead_letters else self._watch.dead_letters,
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=self._key,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(days),
            visibility_timeout=cdk.Duration.seconds(self._watch.hidden_seconds) if dead_letters else None,
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead_letters, max_receive_count=self._watch.receives) if dead_letters else None,
        )

    def _announce(self) -> None:
        # The construct's own target would add a statement to the key, which belongs to an earlier stage and names EventBridge already.
        rule = events.CfnRule(
            self,
            "Rule",
            description="Files that arrive",
            event_pattern={
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {
                    "bucket": {"name": [self._watch.bucket.bucket_name]},
                    "object": {"key": [{"prefix": prefix} for prefix in self._watch.prefixes]},
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Queue",
                    arn=self.queue.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=self.dead_letters.queue_arn),
                )
            ],
        )
        for queue in (self.queue, self.dead_letters):
            queue.add_to_resource_policy(_from_rule(rule, queue=queue))

    def _role(self, machine: sfn.StateMachine, *, log_group: str) -> ServiceRole:
        role = ServiceRole(self, "Role", service="lambda", description="Reads the queue of arrivals and starts runs")
        role.may(
            allow(("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"), on=[self.queue.queue_arn]),
            allow(["kms:Decrypt"], on=[self._key.key_arn]),
            allow(("states:ListExecutions", "states:StartExecution"), on=[machine.state_machine_arn]),
            allow(("logs:CreateLogStream", "logs:PutLogEvents"), on=[log_group]),
            *self._find_folders(),
        )
        return role

    def _discovery(self) -> dict[str, str]:
        return {"RAW_DATABASE": self._watch.database, "CRAWLERS": json.dumps(dict(self._watch.crawlers))}

    def _find_folders(self) -> list[Permission]:
        """Looking for partitions of the datasets' tables, and starting their crawlers."""
        database = self._watch.database
        tables = [arn("glue", resource=f"table/{database}/{dataset}") for dataset in self._watch.crawlers]
        crawlers = [arn("glue", resource=f"crawler/{name}") for name in self._watch.crawlers.values()]
        places = [arn("glue", resource="catalog"), arn("glue", resource=f"database/{database}"), *tables]
        return [allow(["glue:GetPartition"], on=places), allow(["glue:StartCrawler"], on=crawlers)]

    def _collect(self) -> lambda_.EventSourceMapping:
        return lambda_.EventSourceMapping(
            self,
            "Batches",
            target=self.function,
            event_source_arn=self.queue.queue_arn,
            batch_size=BATCH,
            max_batching_window=cdk.Duration.seconds(self._watch.seconds),
            report_batch_item_failures=True,
            # No more at once than needed: new accounts may run 10 functions, and for the same reason cannot reserve any.
            max_concurrency=STARTERS,
        )


def _from_rule(rule: events.CfnRule, *, queue: sqs.Queue) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="ArrivalsOnly",
        principals=[iam.ServicePrincipal("events.amazonaws.com")],
        actions=["sqs:SendMessage"],
        resources=[queue.queue_arn],
        conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}, "StringEquals": {"aws:SourceAccount": ACCOUNT}},
    )
