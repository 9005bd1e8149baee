"""What a run of each flow costs at least, and every minute that a job takes longer, from templates alone."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cli.cost.idle import Templates
from cli.cost.usage import JobUse, Use, dpus

_GLUE, _ATHENA, _SNS = ":glue:startJobRun", ":athena:startQueryExecution", ":sns:publish"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A flow's run that goes well: its use if every job ends within a minute."""

    flow: str
    least: Use

    @property
    def minute(self) -> float:
        """USD for one more minute of its largest job."""
        return max((60 * each.usd / max(each.seconds, 60) for each in self.least.jobs), default=0)


def plans(templates: Templates) -> tuple[Plan, ...]:
    """The plans of all state machines."""
    jobs = dict(_jobs(templates))
    machines = [body for each in templates.values() for body in each.get("Resources", {}).values() if body["Type"] == _MACHINE]
    return tuple(_plan(body["Properties"], jobs=jobs) for body in machines)


_MACHINE = "AWS::StepFunctions::StateMachine"


def _plan(machine: Mapping[str, Any], *, jobs: Mapping[str, JobUse]) -> Plan:
    definition = json.loads(_text(machine["DefinitionString"]))
    path = list(_path(definition))
    resources = [state.get("Resource", "") for state in path]
    used = [jobs[state["Arguments"]["JobName"]] for state in path if _GLUE in state.get("Resource", "")]
    least = Use(
        jobs=used,
        transitions=len(path),
        scanned=[0 for each in resources if _ATHENA in each],
        notices=sum(_SNS in each for each in resources),
    )
    return Plan(flow=str(machine["StateMachineName"]).rsplit("-", 1)[-1], least=least)


def _path(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The states of a run that goes well: of a choice, the first way."""
    name, passed = definition["StartAt"], set()
    while name and name not in passed:
        passed.add(name)
        state = definition["States"][name]
        yield state
        name = state.get("Next") or next((each["Next"] for each in state.get("Choices", ())), "")


def _jobs(templates: Templates) -> Iterator[tuple[str, JobUse]]:
    """Jobs by the texts that stand for their names: in their own stage, and where their name is imported."""
    for template in templates.values():
        found = {id_: body["Properties"] for id_, body in template.get("Resources", {}).items() if body["Type"] == "AWS::Glue::Job"}
        uses = {
            id_: JobUse(
                name=id_[:-8].removesuffix("Job").lower(), dpus=dpus(each["WorkerType"], workers=each["NumberOfWorkers"]), seconds=0
            )
            for id_, each in found.items()
        }
        yield from uses.items()
        for output in template.get("Outputs", {}).values():
            id_ = output["Value"].get("Ref") if isinstance(output["Value"], dict) else None
            if id_ in uses and "Export" in output:
                yield _text(output["Export"]["Name"]), uses[id_]


def _text(value: Any) -> str:
    """A value of a template as text, in which references stand as the names of what they refer to."""
    if isinstance(value, str):
        return value
    [(function, argument)] = value.items()
    if function == "Fn::Join":
        return str(argument[0]).join(_text(each) for each in argument[1])
    return ".".join(argument) if isinstance(argument, list) else _text(argument)
