"""The start of an operation on a stack is answered when a short one has ended: the CDK looks at once and then only every five seconds."""

import asyncio
import time
from typing import Any

from ministack.services import cloudformation

from local.seams import replace

SECONDS = 1.0
STARTS = (b"Action=ExecuteChangeSet", b"Action=DeleteStack")


def plug_in() -> None:
    """Answer those requests a moment later. How long AWS takes for the answer is not promised either."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        answer = await original(method, path, headers, body, query)
        if any(start in body for start in STARTS):
            await _ended()
        return answer

    expected = "(method: str, path: str, headers: dict, body: bytes, query_params: dict) -> tuple"
    original = replace(cloudformation, "handle_request", expected=expected, by=handle)


async def _ended() -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and any(_worked_on(stack["StackStatus"]) for stack in cloudformation._stacks._data.values()):
        await asyncio.sleep(0.02)


def _worked_on(status: str) -> bool:
    return status.endswith("_IN_PROGRESS") and not status.startswith("REVIEW")
