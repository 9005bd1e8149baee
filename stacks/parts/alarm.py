"""Alarms that tell people."""

from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

Notice = cloudwatch.IAlarmAction
ABOVE, BELOW = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD, cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
# Of each period, and how its values become one.
SPAN = cdk.Duration.minutes(5)
SUM, MAXIMUM = "Sum", "Maximum"
# What a period without data means. Runs are rare, so each alarm says it.
FINE, BAD, AS_BEFORE = (
    cloudwatch.TreatMissingData.NOT_BREACHING,
    cloudwatch.TreatMissingData.BREACHING,
    cloudwatch.TreatMissingData.IGNORE,
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """The line a metric must not cross in `periods` periods in a row, and what people read when it does: what happened, what to do next.

    `ends` also tells the end of the alarm: only where the end means that all is well again.
    """

    threshold: float
    silence: cloudwatch.TreatMissingData
    says: str
    crossed: cloudwatch.ComparisonOperator = ABOVE
    periods: int = 1
    ends: bool = True


class NoticedAlarm(Construct):
    """An alarm on one metric that tells people."""

    def __init__(self, scope: Construct, construct_id: str, *, notice: Notice, metric: cloudwatch.Metric, line: Line) -> None:
        super().__init__(scope, construct_id)
        self.alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            metric=metric,
            alarm_description=line.says,
            threshold=line.threshold,
            comparison_operator=line.crossed,
            evaluation_periods=line.periods,
            datapoints_to_alarm=line.periods,
            treat_missing_data=line.silence,
        )
        self.alarm.add_alarm_action(notice)
        if line.ends:
            self.alarm.add_ok_action(notice)
