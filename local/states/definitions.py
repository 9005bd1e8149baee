"""State machine definitions are refused, when created or changed, if a task names an integration that is not there.

AWS refuses a resource it does not know when the state machine is created, not when the state is reached; so does the
home, also for integrations that AWS has and the home has not.
"""

import json
from collections.abc import Iterator
from typing import Any

from ministack.services import iam
from ministack.services import stepfunctions as sfn
from ministack.services.cloudformation import provisioners

from local.cloudformation.handlers import Made, Properties, existing
from local.seams import replace
from local.states.integrations import INTEGRATIONS, find

KIND = "AWS::StepFunctions::StateMachine"


def plug_in() -> None:
    """Check definitions wherever they come from."""

    def validate(definition: str | None) -> str | None:
        found: str | None = original(definition)
        return found or problem(definition or "{}")

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        wrong = validate(provisioners._sfn_definition(properties))
        if wrong:
            raise ValueError(wrong)
        _check_role(properties.get("RoleArn", ""))
        made: Made = make(logical_id, properties, stack)
        return made

    original = replace(sfn, "_validate_definition_jsonata", expected="(definition_str) -> str | None", by=validate)
    make = existing(KIND)["create"]
    existing(KIND)["create"] = create


def problem(definition: str) -> str | None:
    """What AWS would say against the resources of a definition, or None."""
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return f"Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: {error}'"
    for name, resource in _resources(machine):
        if not _known(resource):
            known = ", ".join(sorted(INTEGRATIONS))
            return (
                f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: The resource provided {resource} is not recognized "
                f"at /States/{name}/Resource' (the local home has {known})"
            )
    return None


def _known(resource: str) -> bool:
    return resource.startswith("arn:aws:lambda:") or ":activity:" in resource or find(resource) is not None


def _resources(machine: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, state in machine.get("States", {}).items():
        if state.get("Type") == "Task":
            yield name, str(state.get("Resource", ""))
        inner = [*state.get("Branches", []), state.get("ItemProcessor"), state.get("Iterator")]
        for part in inner:
            yield from _resources(part or {})


def _check_role(arn: str) -> None:
    if iam._roles.get(arn.rsplit("/", 1)[-1]) is None:
        raise ValueError(f"Neither the global service principal states.amazonaws.com, nor the regional one may assume role {arn!r}")
