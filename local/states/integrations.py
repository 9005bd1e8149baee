"""The table of service integrations, and how each calls its service.

An integration is one signed call to the home itself, made with a session of the state machine's role. The parameters
go through as they are and the answer comes back as it is, except where Step Functions itself translates: a message or
payload that is an object becomes text. `sync` integrations wait for what they started (see jobs.py).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Integration:
    """One `arn:aws:states:::NAME`: the service and operation it calls, its error prefix, and its translations."""

    service: str
    operation: str
    prefix: str
    sync: bool = False
    before: Callable[[Parameters], Parameters] = dict
    after: Callable[[Parameters], Parameters] = dict


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


INTEGRATIONS = {
    "athena:getQueryExecution": Integration("athena", "get_query_execution", "Athena"),
    "athena:getQueryResults": Integration("athena", "get_query_results", "Athena"),
    "athena:startQueryExecution": Integration("athena", "start_query_execution", "Athena", sync=True),
    "athena:stopQueryExecution": Integration("athena", "stop_query_execution", "Athena"),
    "glue:startJobRun": Integration("glue", "start_job_run", "Glue", sync=True),
    "lambda:invoke": Integration("lambda", "invoke", "Lambda", before=_payload, after=_returned),
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
