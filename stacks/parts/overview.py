"""The dashboard."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

DAYS = "-P7D"


class Overview(Construct):
    """One small dashboard: a graph for each title, with a line for each metric, over the last week."""

    def __init__(self, scope: Construct, construct_id: str, *, name: str, graphs: Mapping[str, Sequence[cloudwatch.Metric]]) -> None:
        super().__init__(scope, construct_id)
        drawn = [cloudwatch.GraphWidget(title=title, left=list(metrics), width=12) for title, metrics in graphs.items()]
        cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=name, start=DAYS, widgets=[drawn[at : at + 2] for at in range(0, len(drawn), 2)]
        )
