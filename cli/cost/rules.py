"""What each type of resource costs in a month in which nothing runs: units of a price, or nothing, with the reason.

A type without a rule is not taken for free: `mill cost` names it, and a test fails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Properties = Mapping[str, Any]
Units = tuple[str, float]  # the price's name, and how many of its units

# Lambda holds "five parallel long-polling connections" to a queue (AWS's compute blog), each asking for up to 20 seconds: so many
# requests in a month of 30 days while nothing arrives.
POLLS = 5 * 3 * 60 * 24 * 30


@dataclass(frozen=True)
class Free:
    """Nothing to pay while nothing runs, and why."""

    because: str


@dataclass(frozen=True)
class Paid:
    """Units of a price for one resource."""

    units: Callable[[Properties], Units]


def _one(price: str) -> Paid:
    return Paid(lambda _: (price, 1))


def _alarm(properties: Properties) -> Units:
    metrics = [each for each in properties.get("Metrics", ()) if "MetricStat" in each]
    periods = [each["MetricStat"]["Period"] for each in metrics] or [properties.get("Period", 60)]
    return ("fast_alarm" if min(periods) < 60 else "alarm"), max(len(metrics), 1)


IAM = Free("identities and policies are free")
USE = Free("paid by use")
PART = Free("part of what it belongs to")
RULES: Mapping[str, Free | Paid] = {
    "AWS::Athena::NamedQuery": Free("a text that is kept"),
    "AWS::Athena::PreparedStatement": Free("a text that is kept"),
    "AWS::Athena::WorkGroup": USE,
    "AWS::Budgets::Budget": _one("budget"),
    "AWS::CDK::Metadata": Free("a note"),
    "AWS::Cassandra::Keyspace": PART,
    "AWS::Cassandra::Table": Free("paid by what is stored and asked"),
    "AWS::CloudWatch::Alarm": Paid(_alarm),
    "AWS::CloudWatch::Dashboard": _one("dashboard"),
    "AWS::Events::Rule": Free("events of AWS services are free"),
    "AWS::Glue::Classifier": Free("a text that is kept"),
    "AWS::Glue::Crawler": USE,
    "AWS::Glue::Database": Free("a million objects of the catalog are free"),
    "AWS::Glue::Job": USE,
    "AWS::Glue::SecurityConfiguration": PART,
    "AWS::Glue::Table": Free("a million objects of the catalog are free"),
    "AWS::IAM::ManagedPolicy": IAM,
    "AWS::IAM::Policy": IAM,
    "AWS::IAM::Role": IAM,
    "AWS::KMS::Alias": PART,
    "AWS::KMS::Key": _one("kms_key"),
    "AWS::LakeFormation::PrincipalPermissions": Free("permissions are free"),
    "AWS::Lambda::EventSourceMapping": Paid(lambda _: ("sqs_request", POLLS)),
    "AWS::Lambda::Function": USE,
    "AWS::Lambda::LayerVersion": Free("code is stored for nothing up to 75 GB"),
    "AWS::Lambda::Permission": IAM,
    "AWS::Logs::LogGroup": Free("paid by what is written and kept"),
    "AWS::S3::Bucket": Free("paid by what is stored and asked"),
    "AWS::S3::BucketPolicy": IAM,
    "AWS::SNS::Subscription": USE,
    "AWS::SNS::Topic": USE,
    "AWS::SNS::TopicPolicy": IAM,
    "AWS::SQS::Queue": Free("paid by requests; those that wait for messages stand with the function that asks"),
    "AWS::SQS::QueuePolicy": IAM,
    "AWS::SSM::Parameter": Free("standard parameters are free"),
    "AWS::SageMaker::ModelPackageGroup": Free("a list of versions"),
    "AWS::Scheduler::Schedule": Free("14 million starts a month are free"),
    "AWS::Scheduler::ScheduleGroup": PART,
    "AWS::SecretsManager::Secret": _one("secret"),
    "AWS::StepFunctions::StateMachine": USE,
    "Custom::ModelLeftovers": Free("runs when its stack is deleted"),
    "Custom::S3AutoDeleteObjects": Free("runs when its stack is made or deleted"),
}
