"""InvokeEndpoint: a request to one of an endpoint's containers, and its answer."""

import json
import re
from http import HTTPStatus

from ministack.core.responses import get_account_id, get_region

from local.sagemaker import stores
from local.sagemaker.answers import Answer, Data
from local.sagemaker.endpoints import api, capture
from local.sagemaker.endpoints.fleet import Fleet, Variant
from local.sagemaker.serving.container import ContainerError, Reply

PATH = re.compile(r"^/endpoints/([^/]+)/invocations$")
MOST_BYTES = 6_291_456
MOST_SERVERLESS = 4 << 20
SECONDS = 60.0
LONGEST_ORIGINAL = 1024
ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
UNKNOWN = ("target-model", "target-container-hostname", "inference-component", "session-id", "enable-explanations")


class InvocationError(Exception):
    """What an invocation is refused with."""

    def __init__(self, message: str, *, code: str = "ValidationError", status: int = 400, **more: str | int) -> None:
        super().__init__(message)
        self.answer: Answer = (
            status,
            {"Content-Type": "application/json", "x-amzn-errortype": code},
            json.dumps({"Message": message, **more}).encode(),
        )


def answer(path: str, headers: dict[str, str], body: bytes) -> Answer:
    """Answer one invocation. Never raises what the caller is to be told."""
    found = PATH.match(path)
    assert found is not None
    try:
        return _invoke(found[1], headers, body)
    except InvocationError as error:
        return error.answer


def _invoke(name: str, headers: dict[str, str], body: bytes) -> Answer:
    for unknown in UNKNOWN:
        if headers.get(f"x-amzn-sagemaker-{unknown}"):
            raise InvocationError(f"The local home does not do {unknown} of InvokeEndpoint (docs/parity.md)")
    record: Data | None = stores.endpoints.get(name)
    fleet = _fleet(record) if record else None
    if fleet is None:
        raise InvocationError(f"Endpoint {name} of account {get_account_id()} not found.")
    try:
        return _answered(name, fleet, headers, body)
    finally:
        fleet.give_back()


def _answered(name: str, fleet: Fleet, headers: dict[str, str], body: bytes) -> Answer:
    target = headers.get("x-amzn-sagemaker-target-variant", "")
    variant = fleet.chosen(target)
    if variant is None:
        raise InvocationError(f"Variant {target} of endpoint {name} was not found.")
    most = MOST_SERVERLESS if variant.serverless else MOST_BYTES
    if len(body) > most:
        said = f"Value at 'body' failed to satisfy constraint: Member must have length less than or equal to {most}"
        raise InvocationError(f"1 validation error detected: {said}")
    kind = headers.get("content-type", "")
    reply = _asked(variant, headers, body)
    if reply.status // 100 != HTTPStatus.OK // 100:
        raise _model_error(name, variant, reply)
    capture.note(fleet.config.get("DataCaptureConfig") or {}, capture.Seen(name, variant, body, kind, reply))
    attributes = headers.get(ATTRIBUTES.lower())
    shown = {"Content-Type": reply.kind, "x-Amzn-Invoked-Production-Variant": variant.name}
    return 200, {**shown, **({ATTRIBUTES: attributes} if attributes else {})}, reply.body


def _fleet(record: Data) -> Fleet | None:
    try:
        return api.taken(record)
    except Exception as error:
        raise InvocationError(f"Endpoint {record['EndpointName']} did not come back after a start of the home: {error}") from error


def _asked(variant: Variant, headers: dict[str, str], body: bytes) -> Reply:
    attributes = headers.get(ATTRIBUTES.lower())
    more = {ATTRIBUTES: attributes} if attributes else {}
    kind, accept = headers.get("content-type", ""), headers.get("accept", "")
    try:
        return variant.container.ask(body, kind=kind, accept=accept, seconds=SECONDS, more=more.items())
    except ContainerError as error:
        said = (
            "Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container "
        )
        message = f"{said}in Amazon CloudWatch, resolve the issue, and try again. ({error})"
        raise InvocationError(message, code="ModelError", status=424, OriginalStatusCode=0, OriginalMessage=str(error)) from error


def _model_error(endpoint: str, variant: Variant, reply: Reply) -> InvocationError:
    original = reply.body.decode(errors="replace")
    party = "server" if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR else "client"
    region, account = get_region(), get_account_id()
    where = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#logEventViewer:group={variant.group}"
    message = (
        f'Received {party} error ({reply.status}) from primary with message "{original[:LONGEST_ORIGINAL]}". '
        f"See {where} in account {account} for more information."
    )
    stream = f"arn:aws:logs:{region}:{account}:log-group:/aws/sagemaker/Endpoints/{endpoint}:log-stream:{variant.stream}"
    return InvocationError(
        message,
        code="ModelError",
        status=424,
        OriginalStatusCode=reply.status,
        OriginalMessage=original[:LONGEST_ORIGINAL],
        LogStreamArn=stream,
    )
