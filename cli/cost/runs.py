"""What a run that has been made used: from the history of its execution, its jobs' runs and its queries."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli import history
from cli.cost.usage import JobUse, Use, dpus
from cli.platform import Platform
from cli.problem import Problem

_ASKED_FOR = {
    "createTrainingJob.sync": ("training", "ResourceConfig"),
    "createTransformJob.sync": ("transform", "TransformResources"),
}
_QUERY = re.compile(r'"QueryExecutionId"\s*:\s*"([^"]+)"')


def used(platform: Platform, run_name: str) -> Use:
    """What the run of that name used until now; a Problem if there is none."""
    states = platform.client("stepfunctions")
    machine = _machine(platform, run_name)
    definition: Mapping[str, Any] = json.loads(states.describe_state_machine(stateMachineArn=machine)["definition"])["States"]
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{run_name}"
    try:
        events = list(history.events(states, execution, data=True))
    except states.exceptions.ExecutionDoesNotExist:
        raise Problem(f"there is no run {run_name!r}", "The last runs: mill status") from None
    entered = [str(each["stateEnteredEventDetails"]["name"]) for each in events if str(each["type"]).endswith("StateEntered")]
    tasks = sum(str(each["type"]) == "TaskStateEntered" for each in events)
    again = max(0, sum(str(each["type"]) == "TaskScheduled" for each in events) - tasks)
    jobs = {definition[name]["Arguments"]["JobName"] for name in entered if ":glue:startJobRun" in definition[name].get("Resource", "")}
    return Use(
        jobs=[*(each for name in sorted(jobs) for each in _jobs(platform, name, run_name=run_name)), *_instances(events)],
        transitions=len(entered) + again,
        scanned=_scanned(platform, events),
        notices=sum(":sns:publish" in definition[name].get("Resource", "") for name in entered),
    )


def _machine(platform: Platform, run_name: str) -> str:
    """The state machine whose flow the run's name begins with."""
    flows = platform.flows()
    fitting = [name for name in flows if run_name.startswith(f"{name}-")]
    if not fitting:
        raise Problem(f"{run_name!r} is no run of a flow that is deployed", f"Runs begin with one of: {', '.join(flows)}; see: mill status")
    return flows[max(fitting, key=len)]


def _jobs(platform: Platform, job: str, *, run_name: str) -> Iterator[JobUse]:
    for page in platform.client("glue").get_paginator("get_job_runs").paginate(JobName=job):
        for each in page["JobRuns"]:
            if each.get("Arguments", {}).get("--run_id") == run_name:
                size = dpus(each["WorkerType"], workers=each["NumberOfWorkers"])
                seconds = each["DPUSeconds"] / size if each.get("DPUSeconds") else each.get("ExecutionTime", 0)
                yield JobUse(name=job, dpus=size, seconds=seconds)


def _instances(events: Sequence[Mapping[str, Any]]) -> Iterator[JobUse]:
    """The jobs of SageMaker that came to a good end, from what Step Functions was told of them."""
    for event in events:
        told = event.get("taskSucceededEventDetails", {})
        integration = str(told.get("resource", "")).rpartition(":")[2]
        if integration not in _ASKED_FOR:
            continue
        kind, place = _ASKED_FOR[integration]
        job = json.loads(told["output"])
        asked, seconds = job[place], job.get("BillableTimeInSeconds", 0)
        if "TransformStartTime" in job:
            seconds = (job["TransformEndTime"] - job["TransformStartTime"]) / 1000
        yield JobUse(name=kind, dpus=asked["InstanceCount"], seconds=seconds, price=asked["InstanceType"])


def _scanned(platform: Platform, events: Sequence[Mapping[str, Any]]) -> list[int]:
    queries = dict.fromkeys(found for each in events for found in _QUERY.findall(json.dumps(each, default=str).replace('\\"', '"')))
    athena = platform.client("athena")
    statistics = [athena.get_query_execution(QueryExecutionId=each)["QueryExecution"].get("Statistics", {}) for each in queries]
    return [int(each.get("DataScannedInBytes", 0)) for each in statistics]
