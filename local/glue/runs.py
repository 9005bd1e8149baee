"""Glue's API for job runs: starting, concurrency, stopping, and clear refusals of what the home cannot run."""

import secrets
import threading
import time
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue

from local import identity
from local.glue import arguments, crawler, runner, spark
from local.seams import replace

ACTIVE = ("STARTING", "RUNNING", "STOPPING")
PRETENDED = ("_start_trigger", "_start_workflow_run")
Data = dict[str, Any]

_starting = threading.Lock()


def plug_in() -> None:
    """Put real runs in the place of the emulator's."""
    replace(glue, "_start_job_run", expected="(data)", by=start)
    replace(glue, "_batch_stop_job_run", expected="(data)", by=stop)
    for name in PRETENDED:
        replace(glue, name, expected="(data)", by=_not_at_home)

    def load(data: Data) -> None:
        original(data)
        for runs in glue._job_runs._data.values():
            _close(runs)
        crawler.close()

    original = replace(glue, "load_persisted_state", expected="(data)", by=load)


def start(data: Data) -> Any:
    """StartJobRun: answers at once, the run goes on in the background."""
    name = data.get("JobName", "")
    job = glue._jobs.get(name)
    if job is None:
        return error_response_json("EntityNotFoundException", f"Failed to start job run due to missing metadata: job {name} not found", 400)
    given = arguments.merged(job.get("DefaultArguments") or {}, data.get("Arguments") or {}, job.get("NonOverridableArguments") or {})
    refused = _refusal(job, given)
    if refused:
        return error_response_json("InvalidInputException", f"Job {name}: {refused}", 400)
    with _starting:
        runs = glue._job_runs.setdefault(name, [])
        most = int((job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1)
        if sum(r["JobRunState"] in ACTIVE for r in runs) >= most:
            return error_response_json("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}", 400)
        run = _new_run(job, given, timeout=data.get("Timeout"))
        runs.insert(0, run)
    identity.in_background(lambda: runner.carry_out(run, job), name=f"glue-{run['Id'][:10]}")
    return json_response({"JobRunId": run["Id"]})


def stop(data: Data) -> Any:
    """BatchStopJobRun: ends the runs' processes; the runs become STOPPED when they have ended."""
    name, stopped, errors = data.get("JobName", ""), [], []
    known = {r["Id"]: r for r in glue._job_runs.get(name, [])}
    for identifier in data.get("JobRunIds", []):
        run = known.get(identifier)
        if run and run["JobRunState"] in ACTIVE:
            identity.in_background(lambda r=run: runner.stop(r), name="glue-stop")  # type: ignore[misc]
            stopped.append({"JobName": name, "JobRunId": identifier})
            continue
        detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Job run not found"}
        if run:
            detail = {"ErrorCode": "InvalidInputException", "ErrorMessage": f"Job run is in state {run['JobRunState']}"}
        errors.append({"JobName": name, "JobRunId": identifier, "ErrorDetail": detail})
    return json_response({"SuccessfulSubmissions": stopped, "Errors": errors})


def _refusal(job: Data, given: arguments.Arguments) -> str:
    command = job.get("Command") or {}
    if command.get("Name") != "glueetl":
        return f"the local home runs commands of type glueetl (Spark), not {command.get('Name')}"
    if (job.get("Connections") or {}).get("Connections"):
        return "the local home has no Glue connections"
    if job.get("MaxRetries"):
        return "the local home does not retry runs (MaxRetries); let the state machine retry"
    return spark.version_refusal(job.get("GlueVersion", "")) or arguments.refusal(given)


def _new_run(job: Data, given: arguments.Arguments, *, timeout: int | None) -> Data:
    now = time.time()
    kept = ("NumberOfWorkers", "WorkerType", "MaxCapacity", "SecurityConfiguration", "GlueVersion", "ExecutionClass")
    return {
        "Id": f"jr_{secrets.token_hex(32)}",
        "Attempt": 0,
        "JobName": job["Name"],
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "Arguments": given,
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "Timeout": int(timeout or job.get("Timeout") or 480),
        **{k: job[k] for k in kept if job.get(k)},
    }


def _close(runs: list[Data]) -> None:
    """Runs that the home's end has cut off."""
    for run in runs:
        if run["JobRunState"] in ACTIVE:
            run.update(JobRunState="FAILED", CompletedOn=run["LastModifiedOn"], ErrorMessage="The local home ended while the job ran")


def _not_at_home(_data: Data) -> Any:
    message = "The local home runs Glue jobs and crawlers; it has no triggers or workflows (local/README.md)"
    return error_response_json("OperationNotSupportedException", message, 400)
