"""The history of an execution read as steps: what ran, for how long, and why it failed."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

RUNNING = ("RUNNING", "PENDING_REDRIVE")
_WORKING = ("Task", "Map", "Parallel", "Wait")
_FAULT = re.compile(r"(Task|LambdaFunction|Activity|MapState|ParallelState)(Start|Submit|Schedule)?(Failed|TimedOut)")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One state that does work; `left` is None while it does."""

    name: str
    entered: datetime
    left: datetime | None = None
    failed: bool = False

    @property
    def seconds(self) -> float:
        """How long it took, or has taken until now."""
        return ((self.left or datetime.now(UTC)) - self.entered).total_seconds()


def events(states: Any, execution: str, *, data: bool = False) -> Iterator[Mapping[str, Any]]:
    """The history of an execution (its ARN), oldest first; with `data` also what went into its states and came out."""
    for page in states.get_paginator("get_execution_history").paginate(executionArn=execution, includeExecutionData=data):
        yield from page["events"]


def steps(events: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The working states in the order in which they were entered; choices and the like are left out.

    `events` come oldest first, in the form of GetExecutionHistory. A state that is retried stays one step, and has
    failed only if its last try did.
    """
    found: list[Step] = []
    for event in events:
        kind, at = str(event["type"]), event["timestamp"]
        if kind.endswith("StateEntered") and kind.removesuffix("StateEntered") in _WORKING:
            found.append(Step(name=event["stateEnteredEventDetails"]["name"], entered=at))
        elif kind.endswith("StateExited"):
            _change(found, event["stateExitedEventDetails"]["name"], left=at)
        elif _FAULT.fullmatch(kind):
            _change(found, failed=True)
        elif kind.endswith(("TaskScheduled", "TaskSucceeded")):
            _change(found, failed=False)
        elif kind in ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"):
            _end(found, at)
    return tuple(found)


def reason(error: str, cause: str) -> str:
    """Why an execution failed, for people: the cause's own message where a service wrapped it in JSON."""
    try:
        content = json.loads(cause)
    except ValueError:
        content = None
    if isinstance(content, dict):
        for key in ("ErrorMessage", "errorMessage", "Message", "StateChangeReason"):
            if content.get(key):
                return str(content[key])
    return cause or error or "no reason was given"


def execution_name(flow: str, *, now: datetime, attempt: int = 1) -> str:
    """A name that says which flow and when (UTC), and again which of several in one second."""
    return f"{flow}-{now:%Y%m%dT%H%M%SZ}" + ("" if attempt == 1 else f"-{attempt}")


def _change(found: list[Step], name: str = "", **changes: Any) -> None:
    for place in range(len(found) - 1, -1, -1):
        if found[place].left is None and name in ("", found[place].name):
            found[place] = replace(found[place], **changes)
            return


def _end(found: list[Step], at: datetime) -> None:
    found[:] = [step if step.left else replace(step, left=at, failed=True) for step in found]
