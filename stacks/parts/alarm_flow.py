"""Alarms of one flow: a run that did not succeed, and no run that succeeded in time."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.parts.alarm import BAD, BELOW, FINE, SPAN, SUM, Line, Notice, NoticedAlarm

ENDS = {"Failed": "failed", "TimedOut": "ran out of time", "Aborted": "was stopped before its end"}
RUNS = ("Started", "Succeeded", *ENDS)
NEXT = "`mill status` lists the runs with their reasons; after mending the cause, `mill run {flow}` takes everything that still waits."


def runs(machine: str, *, end: str, period: cdk.Duration, label: str | None = None) -> cloudwatch.Metric:
    """How many executions of a state machine (its ARN) came to an end: one of RUNS."""
    return cloudwatch.Metric(
        namespace="AWS/States",
        metric_name=f"Executions{end}",
        dimensions_map={"StateMachineArn": machine},
        statistic=SUM,
        period=period,
        label=label,
    )


class FlowAlarms(Construct):
    """Watches the state machine (an ARN) of a flow. `late_hours` without a run that succeeded are too many; 0 asks for no such alarm."""

    def __init__(self, scope: Construct, construct_id: str, *, notice: Notice, flow: str, machine: str, late_hours: int) -> None:
        super().__init__(scope, construct_id)
        advice = NEXT.format(flow=flow)
        for end, said in ENDS.items():
            # Minutes later the alarm ends by itself, so that later failures are told too; its end says nothing.
            says = f"A run of flow {flow} {said}. {advice}"
            line = Line(threshold=0, silence=FINE, says=says, ends=False)
            NoticedAlarm(self, end, notice=notice, metric=runs(machine, end=end, period=SPAN), line=line)
        if late_hours:
            says = f"Flow {flow} has had no successful run for {late_hours} hours, or none since it was deployed. {advice}"
            line = Line(threshold=1, crossed=BELOW, silence=BAD, says=says, periods=late_hours)
            NoticedAlarm(self, "Late", notice=notice, metric=runs(machine, end="Succeeded", period=cdk.Duration.hours(1)), line=line)
