"""A state machine's definition read as paths: the one a good run takes, and what else there is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_SERVICES = {"sns": "SNS", "sqs": "SQS", "sagemaker": "SageMaker", "dynamodb": "DynamoDB", "states": "Step Functions", "ecs": "ECS"}


@dataclass(frozen=True, kw_only=True)
class State:
    """One state: its name, its type in the States Language, and what it works with."""

    name: str
    type: str
    does: str = ""


@dataclass(frozen=True, kw_only=True)
class Paths:
    """States in order: those of the shortest way to a good end, and all others, which are for trouble."""

    usual: tuple[State, ...]
    otherwise: tuple[State, ...]


def paths(definition: Mapping[str, Any]) -> Paths:
    """The paths of a machine, by its definition."""
    states: Mapping[str, Mapping[str, Any]] = definition["States"]
    usual = _usual(str(definition["StartAt"]), states)
    rest = [name for name in states if name not in usual]
    rest.sort(key=lambda name: states[name]["Type"] == "Fail")
    return Paths(usual=_shown(usual, states), otherwise=_shown(rest, states))


def _usual(start: str, states: Mapping[str, Mapping[str, Any]]) -> list[str]:
    ways, seen = [[start]], {start}
    for way in ways:  # grows while it is read: breadth first
        state = states[way[-1]]
        if state["Type"] == "Succeed" or state.get("End"):
            return way
        for target in _next(state):
            if target not in seen and states[target]["Type"] != "Fail":
                seen.add(target)
                ways.append([*way, target])
    return [start]


def _next(state: Mapping[str, Any]) -> Iterator[str]:
    yield from (choice["Next"] for choice in state.get("Choices", ()))
    yield from (state[name] for name in ("Next", "Default") if name in state)


def _shown(names: list[str], states: Mapping[str, Mapping[str, Any]]) -> tuple[State, ...]:
    return tuple(
        State(name=name, type=states[name]["Type"], does=_does(states[name])) for name in names if states[name]["Type"] != "Succeed"
    )


def _does(state: Mapping[str, Any]) -> str:
    if state["Type"] == "Task":
        service = str(state.get("Resource", "")).partition(":::")[2].removeprefix("aws-sdk:").partition(":")[0]
        return _SERVICES.get(service, service.capitalize())
    if state["Type"] in ("Parallel", "Map"):
        inner = [*state.get("Branches", ()), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]
        return ", ".join(name for branch in inner for name in branch.get("States", ()))
    return ""
