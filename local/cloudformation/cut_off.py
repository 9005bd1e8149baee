"""Stacks that the end of the home has cut off: after the next start they have failed, so that they can be deployed or deleted again.

A stack that was being made is ROLLBACK_FAILED: the CDK deletes it, with what it had got, and makes it anew. One that was
being updated is UPDATE_FAILED, one that was being deleted DELETE_FAILED: the same command again goes on from there.
"""

from typing import Any

from ministack.services import cloudformation

from local.folder import CUT
from local.seams import replace

REASON = "The local home ended while the stack was worked on"


def plug_in() -> None:
    """Close such stacks when the state is loaded."""

    def load(data: dict[str, Any]) -> None:
        original(data)
        for stack in cloudformation._stacks._data.values():
            status = stack.get("StackStatus", "")
            if CUT["StackStatus"](status):
                stack.update(StackStatus=failed(status), StackStatusReason=REASON)

    original = replace(cloudformation, "load_persisted_state", expected="(data)", by=load)


def failed(status: str) -> str:
    """What becomes of a stack whose operation nobody will finish."""
    if status.startswith(("CREATE", "ROLLBACK")):
        return "ROLLBACK_FAILED"
    if status.startswith("DELETE"):
        return "DELETE_FAILED"
    return "UPDATE_ROLLBACK_COMPLETE" if status.endswith("CLEANUP_IN_PROGRESS") and "ROLLBACK" in status else "UPDATE_FAILED"
