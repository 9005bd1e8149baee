"""The alarm on the share of rows that a load refuses."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.parts.alarm import AS_BEFORE, MAXIMUM, SPAN, Line, Notice, NoticedAlarm
from stacks.parts.metric_permission import NAMESPACE


def of_load(name: str, *, env: str, dataset: str, statistic: str, label: str | None = None) -> cloudwatch.Metric:
    """A number that the clean job puts once per load of a dataset."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"dataset": dataset, "environment": env},
        statistic=statistic,
        period=SPAN,
        label=label,
    )


class QuarantineAlarm(Construct):
    """Tells when one load of `dataset` refuses more than `percent` of its rows, until a load refuses fewer."""

    def __init__(self, scope: Construct, construct_id: str, *, notice: Notice, env: str, dataset: str, percent: int) -> None:
        super().__init__(scope, construct_id)
        says = (
            f"A load of {dataset} refused more than {percent} % of its rows. `mill quarantine show {dataset}` lists them with their "
            f"reasons; after mending the rules or the source, `mill quarantine retry {dataset}` judges them again."
        )
        # Between loads there is no data, and nothing gets better by waiting.
        line = Line(threshold=percent, silence=AS_BEFORE, says=says)
        metric = of_load("QuarantinePercent", env=env, dataset=dataset, statistic=MAXIMUM)
        NoticedAlarm(self, "Share", notice=notice, metric=metric, line=line)
