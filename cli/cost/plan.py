"""What a run of each flow costs at least, and every minute that a job takes longer, from templates alone."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.cost.idle import Templates
from cli.cost.prices import prices
from cli.cost.standing import text
from cli.cost.usage import JobUse, Use, dpus

_GLUE, _ATHENA, _SNS = ":glue:startJobRun", ":athena:startQueryExecution", ":sns:publish"
_SAGEMAKER = {":sagemaker:createTrainingJob": "ResourceConfig", ":sagemaker:createTransformJob": "TransformResources"}
_CRAWLER_DPUS = 2


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A flow's run that goes well, or a crawl: its use if all end within the time that is paid in any case.

    `starts` says how often the clock starts it in a month of 30 days; None where that is not every day alike.
    """

    flow: str
    least: Use
    starts: int | None = 0

    @property
    def minute(self) -> float:
        """USD for one more minute of its largest job."""
        return max((each.dpus / 60 * prices()[each.price].usd for each in self.least.jobs), default=0)

    @property
    def month(self) -> float | None:
        """USD for what the clock starts in a month, at least."""
        return None if self.starts is None else self.starts * self.least.usd


def plans(templates: Templates) -> tuple[Plan, ...]:
    """The plans of all state machines, then of all crawlers."""
    jobs = dict(_jobs(templates))
    clocks = {text(each["Target"]["Arn"]): starts(each["ScheduleExpression"]) for _, each in _every(templates, "AWS::Scheduler::Schedule")}
    machines = [_plan(each, jobs=jobs, starts=clocks.get(id_, 0)) for id_, each in _every(templates, "AWS::StepFunctions::StateMachine")]
    return (*machines, *(_crawl(each) for _, each in _every(templates, "AWS::Glue::Crawler")))


def starts(expression: str) -> int | None:
    """How often a schedule starts something in 30 days, if it does so every day at fixed times."""
    fields = expression.removeprefix("cron(").removesuffix(")").split()
    if not expression.startswith("cron(") or len(fields) != 6 or not all(each in "*?" for each in fields[2:]):
        return None
    times = [each.split(",") for each in fields[:2]]
    return 30 * len(times[0]) * len(times[1]) if all(each.isdigit() for field in times for each in field) else None


def _every(templates: Templates, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for template in templates.values():
        yield from ((id_, body["Properties"]) for id_, body in template.get("Resources", {}).items() if body["Type"] == kind)


def _crawl(crawler: Mapping[str, Any]) -> Plan:
    name = f"crawler {text(crawler['Name']).rsplit('-', 1)[-1]}"
    least = Use(jobs=[JobUse(name=name, dpus=_CRAWLER_DPUS, seconds=0, price="crawl")], transitions=0, scanned=(), notices=0)
    return Plan(flow=name, least=least, starts=starts(crawler["Schedule"]["ScheduleExpression"]) if crawler.get("Schedule") else 0)


def _plan(machine: Mapping[str, Any], *, jobs: Mapping[str, JobUse], starts: int | None) -> Plan:
    definition = json.loads(text(machine["DefinitionString"]))
    path = list(_path(definition))
    resources = [state.get("Resource", "") for state in path]
    used = [jobs[state["Arguments"]["JobName"]] for state in path if _GLUE in state.get("Resource", "")]
    least = Use(
        jobs=[*used, *_instances(path)],
        transitions=len(path),
        scanned=[0 for each in resources if _ATHENA in each],
        notices=sum(_SNS in each for each in resources),
    )
    return Plan(flow=str(machine["StateMachineName"]).rsplit("-", 1)[-1], least=least, starts=starts)


def _instances(path: Sequence[Mapping[str, Any]]) -> Iterator[JobUse]:
    """The jobs of SageMaker among the states, each on its instances for as long as nothing: AWS bills them by the second."""
    for state in path:
        for resource, place in _SAGEMAKER.items():
            if resource in state.get("Resource", ""):
                asked = state["Arguments"][place]
                kind = resource.removeprefix(":sagemaker:create").removesuffix("Job").lower()
                yield JobUse(name=kind, dpus=asked["InstanceCount"], seconds=0, price=asked["InstanceType"])


def _path(definition: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The states of a run that goes well and does the most: of a choice, the longest way that does not end in failure."""
    states = definition["States"]

    def after(name: str, passed: frozenset[str]) -> list[str]:
        state = states[name]
        if state["Type"] == "Fail":
            return []
        following = [state.get("Next"), state.get("Default"), *(each["Next"] for each in state.get("Choices", ()))]
        ways = [after(each, passed | {name}) for each in following if each and each not in passed]
        found = max(ways, key=len, default=[])
        return [name, *found] if found or state["Type"] == "Succeed" or state.get("End") else []

    return [states[name] for name in after(definition["StartAt"], frozenset())]


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
                yield text(output["Export"]["Name"]), uses[id_]
