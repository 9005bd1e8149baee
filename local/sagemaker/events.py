"""What SageMaker tells EventBridge: how jobs and endpoints go on, and what was decided about packages."""

import json

from ministack.services import eventbridge

from local.sagemaker import shapes
from local.sagemaker.answers import Data

JOB_WORDS = {"TrainingJob": "SageMaker Training Job State Change", "TransformJob": "SageMaker Transform Job State Change"}


def training(job: Data) -> None:
    """Tell the state of a training job."""
    _tell(JOB_WORDS["TrainingJob"], _described("DescribeTrainingJob", job), arn=job["_arn"])


def transform(job: Data) -> None:
    """Tell the state of a batch transform job."""
    _tell(JOB_WORDS["TransformJob"], _described("DescribeTransformJob", job), arn=job["_arn"])


def package(record: Data) -> None:
    """Tell that a model package was made, or what was decided about it."""
    named = {"ModelPackageName": f"{record['ModelPackageGroupName']}/{record['ModelPackageVersion']}"}
    _tell("SageMaker Model Package State Change", {**_described("DescribeModelPackage", record), **named}, arn=record["_arn"])


def endpoint(record: Data) -> None:
    """Tell the state of an endpoint."""
    _tell("SageMaker Endpoint State Change", _described("DescribeEndpoint", record), arn=record["_arn"])


def _described(operation: str, record: Data) -> Data:
    return {name: record[name] for name in shapes.modelled(operation) if name in record}


def _tell(kind: str, detail: Data, *, arn: str) -> None:
    entry = {"Source": "aws.sagemaker", "DetailType": kind, "Detail": json.dumps(detail, default=str), "Resources": [arn]}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
