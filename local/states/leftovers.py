"""Executions that the end of the home has cut off: after the next start they have failed, instead of running for ever."""

from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions as sfn

from local.seams import replace

CAUSE = "The local home ended while the execution ran"


def plug_in() -> None:
    """Close such executions when the state is loaded."""

    def load(data: dict[str, Any]) -> None:
        original(data)
        for execution in sfn._executions._data.values():
            if execution["status"] == "RUNNING":
                execution.update(status="FAILED", error="States.Runtime", cause=CAUSE, stopDate=now_iso())

    original = replace(sfn, "load_persisted_state", expected="(data)", by=load)
