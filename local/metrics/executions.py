"""What Step Functions sends: one datapoint for each execution that starts or ends, by state machine.

The emulator lets a state machine run for ever. Here one that has a `TimeoutSeconds` ends as TIMED_OUT, as on AWS.
"""

import datetime
import json
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions as sfn

from local.metrics.sent import send
from local.seams import replace

NAMES = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def plug_in() -> None:
    """Send a datapoint with each change of status, and keep the status of an execution that has ended."""

    def changed(execution: dict[str, Any]) -> None:
        send("AWS/States", NAMES[execution["status"]], value=1, dimensions={"StateMachineArn": execution["stateMachineArn"]})
        tell(execution)

    def fail(execution: dict[str, Any], error: str, cause: str) -> None:
        # The step that a stop interrupts fails, which must not become the end of the execution.
        if execution["status"] == "RUNNING":
            end(execution, error, cause)

    tell = replace(sfn, "_emit_execution_status_event", expected="(execution) -> None", by=changed)
    end = replace(sfn, "_fail_execution", expected="(execution, error, cause)", by=fail)


def end_late() -> None:
    """End the executions that have run for longer than their state machine may. Call it in a request's scope."""
    for execution in [each for each in sfn._executions.values() if each["status"] == "RUNNING" and not each.get("sync")]:
        machine = sfn._state_machines.get(execution["stateMachineArn"])
        limit = json.loads(machine["definition"]).get("TimeoutSeconds") if machine else None
        if limit and _age(execution) > limit:
            execution.update(status="TIMED_OUT", stopDate=now_iso(), error="States.Timeout", cause="")
            sfn._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout"}})
            sfn._emit_execution_status_event(execution)


def _age(execution: dict[str, Any]) -> float:
    began = datetime.datetime.fromisoformat(str(execution["startDate"]).replace("Z", "+00:00"))
    return (datetime.datetime.now(datetime.UTC) - began).total_seconds()
