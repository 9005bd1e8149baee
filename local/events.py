"""EventBridge: which rule calls which target just now, for those who deliver to queues and topics."""

import contextvars
from typing import Any

from ministack.services import eventbridge

from local.seams import replace

_calling: contextvars.ContextVar[tuple[dict[str, Any], dict[str, Any]]] = contextvars.ContextVar("home_event_target")


def plug_in() -> None:
    """Remember rule and target while an event is delivered."""

    def call(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> None:
        token = _calling.set((target, rule))
        try:
            original(target, event, rule, view)
        finally:
            _calling.reset(token)

    original = replace(eventbridge, "_invoke_target", expected="(target, event, rule, view=None)", by=call)


def calling() -> tuple[dict[str, Any], dict[str, Any]]:
    """Target and rule of the delivery under way."""
    return _calling.get()
