"""A state machine's tasks, done with its role.

The emulator runs tasks in process with nobody's rights. Here every task is a signed call with a session of the role,
so IAM decides, and errors carry the names that AWS gives them: `Glue.ConcurrentRunsExceededException`,
`Athena.InvalidRequestException` and so on, with the service's message as the cause. Activities are left to the emulator.
"""

import contextvars
import datetime
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import stepfunctions as sfn

from local import identity
from local.seams import replace
from local.states import jobs
from local.states.integrations import INTEGRATIONS, Integration, find

SERVICE = "states.amazonaws.com"
NO_LIMIT = float("inf")
NAMED_BY_MODELS = ("ConflictException", "ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound")  # of SageMaker


@dataclass(frozen=True)
class Acting:
    """On whose behalf a task runs, and until when (monotonic seconds)."""

    execution: dict[str, Any]
    role: str
    until: float = NO_LIMIT

    def abandoned(self) -> bool:
        """Whether nobody waits for the task any more."""
        return self.execution["status"] != "RUNNING" or time.monotonic() > self.until


_acting: contextvars.ContextVar[Acting] = contextvars.ContextVar("home_acting")


def plug_in() -> None:
    """Replace how the emulator runs tasks."""

    def execute(state: dict[str, Any], raw_input: Any, execution: dict[str, Any], context: Any) -> Any:
        machine = sfn._state_machines[execution["stateMachineArn"]]
        seconds = state.get("TimeoutSeconds")
        until = time.monotonic() + seconds if isinstance(seconds, int | float) else NO_LIMIT
        token = _acting.set(Acting(execution, machine["roleArn"], until))
        try:
            return run_task(state, raw_input, execution, context)
        finally:
            _acting.reset(token)

    def invoke(resource: str, parameters: Any) -> Any:
        if ":activity:" in resource:
            return run_activity(resource, parameters)
        return _invoke(resource, parameters, acting=_acting.get())

    run_task = replace(sfn, "_execute_task", expected="(state_def, raw_input, execution, ctx)", by=execute)
    run_activity = replace(sfn, "_invoke_resource", expected="(resource, input_data)", by=invoke)


def _invoke(resource: str, parameters: Any, *, acting: Acting) -> Any:
    if resource.startswith("arn:aws:lambda:"):
        answer = _call(INTEGRATIONS["lambda:invoke"], {"FunctionName": resource, "Payload": parameters}, acting=acting, wait=False)
        return answer["Payload"]
    found = find(resource)
    if found is None:
        raise sfn._ExecutionError("States.Runtime", f"The resource '{resource}' is not one that the local home has (local/README.md).")
    integration, wait = found
    return _call(integration, parameters, acting=acting, wait=wait)


def _call(integration: Integration, parameters: dict[str, Any], *, acting: Acting, wait: bool) -> dict[str, Any]:
    session = _session(acting)
    client = identity.client(integration.service, session)
    asked = integration.before(parameters)
    if wait:
        asked = jobs.marked(integration.operation, asked)
    answer = _answer(integration, lambda: getattr(client, integration.operation)(**asked))
    if "FunctionError" in answer:
        returned = integration.after(answer)["Payload"] or {}
        raise sfn._ExecutionError(returned.get("errorType", "Lambda.Unknown"), json.dumps(returned))
    if not wait:
        return dict(_plain(integration.after(answer)))
    job = jobs.started(client, integration.operation, parameters=parameters, answer=answer)
    ended: list[bool] = []

    def follow() -> dict[str, Any]:
        last, succeeded = jobs.follow(job, abandoned=acting.abandoned)
        ended.append(succeeded)
        return last

    last: dict[str, Any] = _plain(_answer(integration, follow))
    if ended[0]:
        return last
    if time.monotonic() > acting.until:
        raise sfn._ExecutionError("States.Timeout", "")
    raise sfn._ExecutionError("States.TaskFailed", json.dumps(last))


def _session(acting: Acting) -> dict[str, str]:
    name = acting.execution["name"]
    try:
        return identity.role_session(acting.role, name, service=SERVICE)
    except PermissionError as error:
        raise sfn._ExecutionError("States.Runtime", str(error)) from error


def _answer(integration: Integration, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return {k: v for k, v in call().items() if k != "ResponseMetadata"}
    except ClientError as error:
        found, meta = error.response["Error"], error.response["ResponseMetadata"]
        code = _error_name(integration, found["Code"])
        details = f"Service: {integration.prefix}; Status Code: {meta['HTTPStatusCode']}; Error Code: {found['Code']}"
        raise sfn._ExecutionError(f"{integration.prefix}.{code}", f"{found.get('Message', '')} ({details})") from error
    except BotoCoreError as error:
        raise sfn._ExecutionError("States.Runtime", f"{integration.prefix}: {error}") from error


def _error_name(integration: Integration, code: str) -> str:
    if (integration.service, code) == ("s3", "404"):  # an answer to HEAD has no body that could name it; Amazon's SDK does
        return "NoSuchKeyException"
    if integration.unnamed and code not in NAMED_BY_MODELS:
        return integration.unnamed
    return code if code.endswith("Exception") else f"{code}Exception"


def _plain(value: Any) -> Any:
    """JSON of an SDK's answer, with times as epoch milliseconds as Step Functions shows them."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, datetime.datetime):
        return int(value.timestamp() * 1000)
    return value
