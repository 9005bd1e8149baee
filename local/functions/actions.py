"""Batch calls of SQS ask for the right on the single action: IAM knows no `sqs:DeleteMessageBatch`, and the emulator asks for it."""

from typing import Any

from ministack.core import iam_actions

from local.seams import replace

BATCHES = {f"sqs:{name}Batch": f"sqs:{name}" for name in ("ChangeMessageVisibility", "DeleteMessage", "SendMessage")}


def plug_in() -> None:
    """Ask for the single action."""

    def extract(*request: Any) -> str | None:
        found: str | None = original(*request)
        return BATCHES.get(found or "", found)

    original = replace(
        iam_actions,
        "extract_iam_action",
        expected="(service: str, method: str, path: str, headers: dict, body: bytes, query_params: dict) -> str | None",
        by=extract,
    )
