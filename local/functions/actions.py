"""Batch calls of SQS ask for the right on the single action: IAM knows no `sqs:DeleteMessageBatch`, and the emulator asks for it."""

from local.iam import actions

BATCHES = {f"sqs:{name}Batch": f"sqs:{name}" for name in ("ChangeMessageVisibility", "DeleteMessage", "SendMessage")}


def plug_in() -> None:
    """Ask for the single action."""
    actions.asked_instead.update(BATCHES)
