"""The alarm on arrivals that started nothing."""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.parts.alarm import FINE, MAXIMUM, SPAN, Line, Notice, NoticedAlarm


def waiting(queue: str, *, label: str | None = None) -> cloudwatch.Metric:
    """How many messages of a queue (its name) wait."""
    return cloudwatch.Metric(
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions_map={"QueueName": queue},
        statistic=MAXIMUM,
        period=SPAN,
        label=label,
    )


class DeadLetterAlarm(Construct):
    """Tells when a message lies in a flow's queue (its name) of dead letters, until none does."""

    def __init__(self, scope: Construct, construct_id: str, *, notice: Notice, flow: str, queue: str) -> None:
        super().__init__(scope, construct_id)
        says = (
            f"Files arrived for flow {flow}, and starting a run for them failed again and again: their notices lie in the queue {queue}. "
            f"The files are safe: `mill run {flow}` takes them. The log of the function that starts runs says why it failed; "
            "when that is mended, purge the queue."
        )
        # A queue that nobody has used for six hours sends no data; it is empty then.
        NoticedAlarm(self, "Depth", notice=notice, metric=waiting(queue), line=Line(threshold=0, silence=FINE, says=says))
