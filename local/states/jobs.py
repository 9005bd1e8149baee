"""Integrations that wait: a Glue job run, an Athena query or a job of SageMaker, followed until it ends.

When the execution is stopped or the state's time is over, what was started is stopped as well, as on AWS. A run that
does not succeed fails the task with `States.TaskFailed`, and the cause is the whole run or query as JSON.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Answer = dict[str, Any]
EVERY_SECONDS = 0.25


@dataclass(frozen=True)
class Job:
    """Something started: how to look at it, how to stop it, and how to read its state."""

    look: Callable[[], Answer]
    stop: Callable[[], Any]
    state: Callable[[Answer], str]


SUCCEEDED = ("SUCCEEDED", "Completed")
ENDED = (*SUCCEEDED, "FAILED", "ERROR", "TIMEOUT", "STOPPED", "CANCELLED", "EXPIRED", "Failed", "Stopped")
SAGEMAKER = {"create_training_job": "training", "create_transform_job": "transform"}
MARK = {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}


def marked(operation: str, parameters: Answer) -> Answer:
    """The parameters with the tag by which Step Functions knows the jobs of SageMaker that it waits for."""
    return {**parameters, "Tags": [*parameters.get("Tags", ()), MARK]} if operation in SAGEMAKER else parameters


def started(client: Any, operation: str, *, parameters: Answer, answer: Answer) -> Job:
    """The job that `operation` has started with `parameters`, giving `answer`."""
    if operation == "start_job_run":
        name, run = parameters["JobName"], answer["JobRunId"]
        return Job(
            look=lambda: dict(client.get_job_run(JobName=name, RunId=run)["JobRun"]),
            stop=lambda: client.batch_stop_job_run(JobName=name, JobRunIds=[run]),
            state=lambda a: str(a["JobRunState"]),
        )
    if operation in SAGEMAKER:
        return _sagemaker(client, SAGEMAKER[operation], parameters=parameters)
    query = answer["QueryExecutionId"]
    return Job(
        look=lambda: {"QueryExecution": client.get_query_execution(QueryExecutionId=query)["QueryExecution"]},
        stop=lambda: client.stop_query_execution(QueryExecutionId=query),
        state=lambda a: str(a["QueryExecution"]["Status"]["State"]),
    )


def _sagemaker(client: Any, kind: str, *, parameters: Answer) -> Job:
    field = f"{kind.capitalize()}JobName"
    named = {field: parameters[field]}

    def look() -> Answer:
        return {k: v for k, v in getattr(client, f"describe_{kind}_job")(**named).items() if k != "ResponseMetadata"}

    return Job(look, lambda: getattr(client, f"stop_{kind}_job")(**named), lambda a: str(a[f"{kind.capitalize()}JobStatus"]))


def follow(job: Job, *, abandoned: Callable[[], bool]) -> tuple[Answer, bool]:
    """Wait for the job's end: its last answer and whether it succeeded. Stops it once `abandoned()`; then (answer, False)."""
    while True:
        answer = job.look()
        if job.state(answer) in ENDED:
            return answer, job.state(answer) in SUCCEEDED
        if abandoned():
            job.stop()
            return answer, False
        time.sleep(EVERY_SECONDS)
