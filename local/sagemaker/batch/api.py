"""Batch transform jobs as the API shows them: Create, Describe, List, Stop; and what is refused."""

import threading
import time

from local import identity
from local.sagemaker import listing, models, shapes, stores, tags
from local.sagemaker.answers import Data, Refused, not_at_home, not_found
from local.sagemaker.batch import job as jobs
from local.sagemaker.stores import transform_jobs

KIND = "transform-job"
MOST_MB = 100
NO_PROCESSING = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
_starting = threading.Lock()


def create(data: Data) -> Data:
    """CreateTransformJob: answers at once, the job goes on in the background."""
    name = data["TransformJobName"]
    arn = stores.arn(KIND, name)
    _check(data)
    model = models.find(data["ModelName"])
    tags.check(data, arn)
    with _starting:
        if name in transform_jobs:
            said = "Job name must be unique within an AWS account and region, and a job with this name already exists"
            raise Refused(f"{said} ({arn})", code="ResourceInUse")
        job: Data = {**data, "TransformJobArn": arn, "TransformJobStatus": "InProgress", "CreationTime": time.time(), "_arn": arn}
        job["_tags"] = job.pop("Tags", None) or []
        transform_jobs[name] = job
    identity.in_background(lambda: jobs.carry_out(job, model), name=f"transform-{name[:20]}")
    return {"TransformJobArn": arn}


def describe(data: Data) -> Data:
    """DescribeTransformJob."""
    job = _found(data)
    return {name: job[name] for name in shapes.modelled("DescribeTransformJob") if name in job}


def stop(data: Data) -> Data:
    """StopTransformJob: what is written stays."""
    job = _found(data)
    if job["TransformJobStatus"] != "InProgress":
        raise Refused(f"The request was rejected because the transform job is in status {job['TransformJobStatus']}.")
    job["TransformJobStatus"] = "Stopping"
    return {}


def list_jobs(data: Data) -> Data:
    """ListTransformJobs."""
    kept = ("TransformJobName", "TransformJobArn", "CreationTime", "TransformEndTime", "TransformJobStatus", "FailureReason")
    found = listing.page(transform_jobs.values(), data, name="TransformJobName", status="TransformJobStatus")
    return found.answer("TransformJobSummaries", kept)


def close() -> None:
    """Jobs that the end of a home has cut off have failed."""
    for job in transform_jobs._data.values():
        if job["TransformJobStatus"] in stores.GOING_ON:
            job.update(TransformJobStatus="Failed", FailureReason="InternalServerError: the local home ended while the job ran")


def _found(data: Data) -> Data:
    job: Data | None = transform_jobs.get(data["TransformJobName"])
    if job is None:
        raise not_found()
    return job


def _check(data: Data) -> None:
    source = data["TransformInput"]["DataSource"]["S3DataSource"]
    if source["S3DataType"] != "S3Prefix":
        raise not_at_home(f"transform input as {source['S3DataType']}")
    if data["TransformInput"].get("CompressionType", "None") != "None":
        raise not_at_home("compressed transform input")
    if data["TransformInput"].get("SplitType", "None") not in ("None", "Line"):
        raise not_at_home(f"SplitType {data['TransformInput']['SplitType']}")
    if data["TransformResources"].get("InstanceCount") != 1:
        raise not_at_home(f"{data['TransformResources'].get('InstanceCount')} instances; it is one machine")
    processing = data.get("DataProcessing") or {}
    if any(processing.get(name, plain) != plain for name, plain in NO_PROCESSING.items()):
        raise not_at_home("DataProcessing (filters and joins)")
    for name in ("DataCaptureConfig", "ExperimentConfig"):
        if data.get(name):
            raise not_at_home(f"{name} of a transform job")
    if (data.get("MaxConcurrentTransforms") or 1) * data.get("MaxPayloadInMB", 1) > MOST_MB:
        raise Refused(f"The product of MaxConcurrentTransforms and MaxPayloadInMB must not exceed {MOST_MB} MB.")
