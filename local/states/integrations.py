"""The table of service integrations, and how each calls its service.

An integration is one signed call to the home itself, made with a session of the state machine's role. The parameters
go through as they are and the answer comes back as it is, except where Step Functions itself translates: a message or
payload that is an object becomes text. `sync` integrations wait for what they started (see jobs.py).
"""

import datetime
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Integration:
    """One `arn:aws:states:::NAME`: the service and operation it calls, its error prefix, and its translations.

    `unnamed` is the error of what the service's model has no name for; without it such errors keep the service's code.
    """

    service: str
    operation: str
    prefix: str
    sync: bool = False
    before: Callable[[Parameters], Parameters] = dict
    after: Callable[[Parameters], Parameters] = dict
    unnamed: str = ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _with_text(name: str) -> Callable[[Parameters], Parameters]:
    def translate(parameters: Parameters) -> Parameters:
        return {**parameters, name: _text(parameters[name])} if name in parameters else dict(parameters)

    return translate


def _payload(parameters: Parameters) -> Parameters:
    return {**parameters, "Payload": json.dumps(parameters.get("Payload", {})).encode()}


def _returned(answer: Parameters) -> Parameters:
    text = answer["Payload"].read() if hasattr(answer.get("Payload"), "read") else answer.get("Payload", b"null")
    return {**answer, "Payload": json.loads(text or b"null")}


def _moments(value: Any) -> Any:
    """Times as SDK integrations show them: as text."""
    if isinstance(value, dict):
        return {k: _moments(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_moments(v) for v in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def _sagemaker(operation: str, *, sync: bool = False) -> Integration:
    return Integration("sagemaker", operation, "SageMaker", sync=sync, unnamed="AmazonSageMakerException")


def _sagemaker_sdk(operation: str) -> tuple[str, Integration]:
    name = "".join(part.capitalize() for part in operation.split("_"))
    found = Integration("sagemaker", operation, "SageMaker", after=_moments, unnamed="SageMakerException")
    return f"aws-sdk:sagemaker:{name[0].lower()}{name[1:]}", found


def _glue_sdk(operation: str) -> tuple[str, Integration]:
    verb, _, what = operation.partition("_")
    return f"aws-sdk:glue:{verb}{what.capitalize()}", Integration("glue", operation, "Glue", after=_moments)


SAGEMAKER_SDK = (
    "create_model_package",
    "delete_endpoint",
    "delete_endpoint_config",
    "delete_model",
    "delete_model_package",
    "describe_endpoint",
    "describe_endpoint_config",
    "describe_model",
    "describe_model_package",
    "describe_model_package_group",
    "describe_training_job",
    "describe_transform_job",
    "list_endpoints",
    "list_model_packages",
    "list_models",
    "list_training_jobs",
    "stop_training_job",
    "stop_transform_job",
    "update_model_package",
)
INTEGRATIONS = {
    **dict(_sagemaker_sdk(operation) for operation in SAGEMAKER_SDK),
    **dict(_glue_sdk(operation) for operation in ("create_table", "delete_table", "get_table", "get_tables", "update_table")),
    "aws-sdk:s3:headObject": Integration("s3", "head_object", "S3", after=_moments, unnamed="S3Exception"),
    "athena:getQueryExecution": Integration("athena", "get_query_execution", "Athena"),
    "athena:getQueryResults": Integration("athena", "get_query_results", "Athena"),
    "athena:startQueryExecution": Integration("athena", "start_query_execution", "Athena", sync=True),
    "athena:stopQueryExecution": Integration("athena", "stop_query_execution", "Athena"),
    "glue:startJobRun": Integration("glue", "start_job_run", "Glue", sync=True),
    "lambda:invoke": Integration("lambda", "invoke", "Lambda", before=_payload, after=_returned),
    "sagemaker:createEndpoint": _sagemaker("create_endpoint"),
    "sagemaker:createEndpointConfig": _sagemaker("create_endpoint_config"),
    "sagemaker:createModel": _sagemaker("create_model"),
    "sagemaker:createTrainingJob": _sagemaker("create_training_job", sync=True),
    "sagemaker:createTransformJob": _sagemaker("create_transform_job", sync=True),
    "sagemaker:updateEndpoint": _sagemaker("update_endpoint"),
    "sns:publish": Integration("sns", "publish", "SNS", before=_with_text("Message")),
    "sqs:sendMessage": Integration("sqs", "send_message", "SQS", before=_with_text("MessageBody")),
}


def find(resource: str) -> tuple[Integration, bool] | None:
    """The integration of a task's resource and whether it waits; None if AWS or the home has no such integration."""
    name = resource.removeprefix("arn:aws:states:::")
    base, _, suffix = name.partition(".")
    found = INTEGRATIONS.get(base)
    if found is None or name == resource or suffix not in ("", "sync") or (suffix and not found.sync):
        return None
    return found, bool(suffix)
