"""The alarm on the share of rows that a load refuses."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.parts.alarm import AS_BEFORE, Line, NoticedAlarm
from stacks.parts.metric_permission import NAMESPACE


def of_load(name: str, *, env: str, dataset: str, statistic: str) -> cloudwatch.Metric:
    """A number that the clean job puts once per load of a dataset."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"dataset": dataset, "environment": env},
        statistic=statistic,
        period=cdk.Duration.minutes(5),
    )


class QuarantineAlarm(Construct):
    """Tells when one load of `dataset` refuses more than `percent` of its rows, until a load refuses fewer."""

    def __init__(self, scope: Construct, construct_id: str, *, topic: sns.ITopic, env: str, dataset: str, percent: int) -> None:
        super().__init__(scope, construct_id)
        says = (
            f"A load of {dataset} refused more than {percent} % of its rows. `mill quarantine show {dataset}` lists them with their "
            f"reasons; after mending the rules or the source, `mill quarantine retry {dataset}` judges them again."
        )
        # Between loads there is no data, and nothing gets better by waiting.
        line = Line(threshold=percent, silence=AS_BEFORE, says=says)
        metric = of_load("QuarantinePercent", env=env, dataset=dataset, statistic=cloudwatch.Stats.MAXIMUM)
        NoticedAlarm(self, "Share", topic=topic, metric=metric, line=line)
