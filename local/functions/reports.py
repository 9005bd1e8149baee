"""What a function reports of a batch."""

from typing import Any


def reported(body: Any, *, given: set[str]) -> set[str]:
    """The ids that a function reports as failed. An answer that names none has none; one that makes no sense fails the whole batch."""
    if not body:
        return set()
    if not isinstance(body, dict):
        return given
    failures = body.get("batchItemFailures") or []
    if not isinstance(failures, list) or not all(isinstance(each, dict) for each in failures):
        return given
    named = {each.get("itemIdentifier") for each in failures}
    return named if named <= given else given
