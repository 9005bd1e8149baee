"""Each flow: its state machine, its last runs, and the newest one step by step."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli import history
from cli.report.facts.machine import Paths, paths
from cli.report.known import Known

_RUNS = 12


@dataclass(frozen=True, kw_only=True)
class Run:
    """One execution, by its name; `ended` is None while it goes on."""

    name: str
    status: str
    started: datetime
    ended: datetime | None = None

    @property
    def seconds(self) -> float | None:
        """How long it took, once it has."""
        return (self.ended - self.started).total_seconds() if self.ended else None


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A flow and its runs, newest first. `steps`, `entered` (names of states) and `reason` (of a failure) are about the newest."""

    name: str
    paths: Paths
    runs: tuple[Run, ...] = ()
    steps: tuple[history.Step, ...] = ()
    entered: frozenset[str] = frozenset()
    reason: str = ""

    @property
    def last(self) -> Run | None:
        """The newest run, if there is one."""
        return self.runs[0] if self.runs else None


def flows(known: Known) -> tuple[Flow, ...]:
    """All flows that are deployed."""
    states = known.platform.client("stepfunctions")
    return tuple(_flow(states, name, arn) for name, arn in sorted(known.platform.flows().items()))


def _flow(states: Any, name: str, arn: str) -> Flow:
    definition = paths(json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"]))
    executions = states.list_executions(stateMachineArn=arn, maxResults=_RUNS)["executions"]
    if not executions:
        return Flow(name=name, paths=definition)
    newest = executions[0]["executionArn"]
    events = list(history.events(states, newest))
    return Flow(
        name=name,
        paths=definition,
        runs=tuple(map(_run, executions)),
        steps=history.steps(events),
        entered=_entered(events),
        reason=_reason(states.describe_execution(executionArn=newest)),
    )


def _run(execution: Mapping[str, Any]) -> Run:
    return Run(name=execution["name"], status=execution["status"], started=execution["startDate"], ended=execution.get("stopDate"))


def _entered(events: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(event["stateEnteredEventDetails"]["name"] for event in events if str(event["type"]).endswith("StateEntered"))


def _reason(execution: Mapping[str, Any]) -> str:
    if execution["status"] in ("SUCCEEDED", *history.RUNNING):
        return ""
    return history.reason(execution.get("error", ""), execution.get("cause", ""))
