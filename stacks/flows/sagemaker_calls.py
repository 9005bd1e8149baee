"""Calls of SageMaker as steps of a flow. What SageMaker would refuse when it runs is refused when the templates are made."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.flows.calls import call, retry
from stacks.flows.steps import Steps

TRANSIENT = (
    "SageMaker.AmazonSageMakerException", "SageMaker.SageMakerException", "SageMaker.ThrottlingException",
    "S3.S3Exception", "S3.SdkClientException",
)  # fmt: skip
CALL_MINUTES = 5
LONGER_THAN_THE_JOB = 30  # minutes to find a machine, bring data and take it away


class ImpossibleCallError(ValueError):
    """A call that SageMaker refuses whenever it is made: says which, what of it, and what to do."""


class Calls:
    """Makes calls as steps of one flow. A job that is awaited may take `job_minutes`."""

    def __init__(self, scope: Construct, *, steps: Steps, job_minutes: int) -> None:
        self._scope, self._steps, self._job_minutes = scope, steps, job_minutes

    def step(
        self, name: str, resource: str, *, arguments: Mapping[str, Any], assign: Mapping[str, Any] | None = None, failed: str = ""
    ) -> sfn.CustomState:
        """One call. Its failure is told with its name, or with the expression `failed`. Raises ImpossibleCallError."""
        for problem in refusals(resource, arguments):
            raise ImpossibleCallError(f"step {name!r}: {problem}")
        minutes = self._job_minutes + LONGER_THAN_THE_JOB if resource.endswith(".sync") else CALL_MINUTES
        task = call(self._scope, name, resource, arguments=arguments, TimeoutSeconds=60 * minutes, Assign=assign)
        retry(task, TRANSIENT)
        if failed:
            task.add_catch(self._steps.endings.bad, errors=["States.ALL"], assign={"reason": failed})
        else:
            self._steps.endings.explain(task, step=name)
        return task


def refusals(resource: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    """What SageMaker refuses, or can never do, of a call with these arguments."""
    operation = resource.removesuffix(".sync").rpartition(":")[2]
    if operation == "createEndpointConfig":
        yield from _of_a_configuration(arguments)
    if operation in ("createTrainingJob", "createModel") and arguments.get("EnableNetworkIsolation"):
        for source in _code_in_s3(arguments):
            yield f"nothing in network isolation can fetch its code from {source}: send it as a channel, or in the model as code/"


def _of_a_configuration(arguments: Mapping[str, Any]) -> Iterator[str]:
    variants = arguments["ProductionVariants"]
    if any("ServerlessConfig" in each for each in variants):
        if len(variants) > 1:
            yield f"a serverless endpoint has one variant, and here are {len(variants)}: leave one, or serve on instances"
        for name in ("DataCaptureConfig", "KmsKeyId"):
            if name in arguments:
                yield f"a serverless endpoint has no {name}: leave it out, or serve on instances"


def _code_in_s3(arguments: Mapping[str, Any]) -> Iterator[str]:
    given = (arguments.get("HyperParameters") or {}).get("sagemaker_submit_directory", '""')
    containers = (arguments.get("PrimaryContainer") or {}, *(arguments.get("Containers") or ()))
    sources = [json.loads(given), *((each.get("Environment") or {}).get("SAGEMAKER_SUBMIT_DIRECTORY", "") for each in containers)]
    yield from (each for each in sources if each.startswith("s3://"))
