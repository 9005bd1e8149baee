"""Training jobs as the API shows them: Create, Describe, List, Stop."""

import threading
import time

from local import identity
from local.sagemaker import listing, roles, shapes, stores, tags
from local.sagemaker.answers import Data, Refused, not_found
from local.sagemaker.stores import training_jobs
from local.sagemaker.training import job as jobs
from local.sagemaker.training import refusals, states

KIND = "training-job"
_starting = threading.Lock()


def create(data: Data) -> Data:
    """CreateTrainingJob: answers at once, the job goes on in the background."""
    name = data["TrainingJobName"]
    arn = stores.arn(KIND, name)
    refusals.check(data)
    roles.check(data["RoleArn"])
    tags.check(data, arn)
    with _starting:
        if name in training_jobs:
            said = "Training job names must be unique within an AWS account and region, and a training job with this name already exists"
            raise Refused(f"{said} ({arn})", code="ResourceInUse")
        now = time.time()
        job: Data = {**data, "TrainingJobArn": arn, "TrainingJobStatus": "InProgress", "CreationTime": now, "_arn": arn}
        job["StoppingCondition"] = {"MaxRuntimeInSeconds": 86400, **(data.get("StoppingCondition") or {})}
        job["_tags"] = job.pop("Tags", None) or []
        job["SecondaryStatusTransitions"] = []
        states.enter(job, "Starting")
        training_jobs[name] = job
    identity.in_background(lambda: jobs.carry_out(job), name=f"train-{name[:20]}")
    return {"TrainingJobArn": arn}


def describe(data: Data) -> Data:
    """DescribeTrainingJob."""
    return shown(_found(data))


def stop(data: Data) -> Data:
    """StopTrainingJob: asks the script to end; the job is Stopped when it has."""
    job = _found(data)
    if job["TrainingJobStatus"] != "InProgress":
        raise Refused(f"The request was rejected because the training job is in status {job['TrainingJobStatus']}.")
    jobs.stop(job)
    return {}


def list_jobs(data: Data) -> Data:
    """ListTrainingJobs."""
    kept = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime", "LastModifiedTime", "TrainingJobStatus")
    found = listing.page(training_jobs.values(), data, name="TrainingJobName", status="TrainingJobStatus")
    return found.answer("TrainingJobSummaries", kept)


def close() -> None:
    """Jobs that the end of a home has cut off have failed."""
    for job in training_jobs._data.values():
        if job["TrainingJobStatus"] in stores.GOING_ON:
            job.update(TrainingJobStatus="Failed", FailureReason="InternalServerError: the local home ended while the job ran")
            states.enter(job, "Failed", when=job["LastModifiedTime"])


def shown(job: Data) -> Data:
    """A job as DescribeTrainingJob shows it."""
    return {name: job[name] for name in shapes.modelled("DescribeTrainingJob") if name in job}


def _found(data: Data) -> Data:
    job: Data | None = training_jobs.get(data["TrainingJobName"])
    if job is None:
        raise not_found()
    return job
