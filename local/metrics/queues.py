"""What SQS sends each minute, by queue."""

from ministack.services import sqs

from local.metrics.sent import send

COUNTS = {
    "ApproximateNumberOfMessagesVisible": "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}


def count() -> None:
    """Send how many messages lie in every queue. Call it in a request's scope."""
    for queue in sqs._queues.values():
        sqs._refresh_counts(queue)
        for metric, attribute in COUNTS.items():
            send("AWS/SQS", metric, value=float(queue["attributes"][attribute]), dimensions={"QueueName": queue["name"]})
