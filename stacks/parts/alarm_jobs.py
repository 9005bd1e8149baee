"""The alarm on job runs that ended badly. Glue sends no metric of it, only an event: the rule that matches the event has the metric."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from stacks.parts.alarm import FINE, SPAN, SUM, Line, Notice, NoticedAlarm

ENDS = ("FAILED", "STOPPED", "TIMEOUT")


class JobAlarm(Construct):
    """Tells of runs of `jobs` (their names) that ended badly, whoever started them. Their logs are in groups below `logs`."""

    def __init__(self, scope: Construct, construct_id: str, *, notice: Notice, jobs: Sequence[str], logs: str) -> None:
        super().__init__(scope, construct_id)
        # No target: EventBridge could tell our encrypted topic only if the key let it in for every account.
        rule = events.Rule(
            self,
            "Rule",
            description="Job runs that ended badly: counted by an alarm",
            event_pattern=events.EventPattern(
                source=["aws.glue"], detail_type=["Glue Job State Change"], detail={"jobName": list(jobs), "state": list(ENDS)}
            ),
        )
        says = (
            "A job run failed, timed out or was stopped, whoever started it. `mill status` lists the runs of flows with their reasons; "
            f"each run's log is the stream with its id in a log group below {logs}."
        )
        triggered = cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name="TriggeredRules",
            dimensions_map={"RuleName": rule.rule_name},
            statistic=SUM,
            period=SPAN,
        )
        NoticedAlarm(self, "Failed", notice=notice, metric=triggered, line=Line(threshold=0, silence=FINE, says=says, ends=False))
