"""SageMaker's API, as a service of the emulator: requests in, operations called, errors as AWS words them, state kept."""

import asyncio
import json
import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any

from ministack import app
from ministack.core import iam_actions, router
from ministack.core.router import extract_access_key_id

from local.errors import HomeError
from local.sagemaker import roles, shapes, stores
from local.sagemaker.answers import Answer, Data, Refused
from local.sagemaker.endpoints import invoke

NAME = "sagemaker"
MODULE = "home_sagemaker"
JSON = "application/x-amz-json-1.1"
Operation = Callable[[Data], Data]
log = logging.getLogger("home.sagemaker")

operations: dict[str, Operation] = {}
_closers: list[Callable[[], None]] = []


def plug_in() -> None:
    """Add the service to the emulator's tables."""
    if NAME in app.SERVICE_REGISTRY or NAME in router.SERVICE_PATTERNS:
        raise HomeError("the emulator has a service sagemaker now: compare it with the home's (local/README.md)")
    module: Any = ModuleType(MODULE)
    module.handle_request, module.reset = handle_request, _reset
    module.get_state, module.load_persisted_state = _state, _load
    app._loaded_modules[MODULE] = module
    app.SERVICE_REGISTRY[NAME] = {"module": MODULE}
    app.SERVICE_HANDLERS[NAME] = app._lazy_handler(MODULE)
    app._state_map[MODULE] = MODULE
    router.SERVICE_PATTERNS[NAME] = {"target_prefixes": ["SageMaker."], "host_patterns": [r"sagemaker\."]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[NAME] = NAME
    iam_actions._BOTOCORE_SERVICE_MAP[NAME] = ["sagemaker-runtime"]


def at_load(close: Callable[[], None]) -> None:
    """Have `close` called when the state of an earlier home has been loaded."""
    _closers.append(close)


async def handle_request(_method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Answer:
    """One request. Operations look things up in S3 and so on by signed calls, so they run beside the event loop."""
    if invoke.PATH.match(path):
        return await asyncio.to_thread(invoke.answer, path, headers, body)
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    roles.caller.set(extract_access_key_id(headers, query) or "")
    return await asyncio.to_thread(_answer, operation, body)


def call(operation: str, data: Data) -> Data:
    """Do an operation. Raises Refused."""
    found = operations.get(operation)
    if found is None:
        raise Refused(f"The local home has no operation {operation} of SageMaker (local/README.md)", code="UnknownOperationException")
    shapes.check(operation, data)
    return found(data)


def _answer(operation: str, body: bytes) -> Answer:
    try:
        return 200, {"Content-Type": JSON}, json.dumps(call(operation, json.loads(body or b"{}"))).encode()
    except Refused as refused:
        text = {"__type": refused.code, "message": refused.message, **refused.more}
        return refused.status, {"Content-Type": JSON, "x-amzn-errortype": refused.code}, json.dumps(text).encode()
    except Exception as error:
        log.exception("%s", operation)
        text = {"__type": "InternalFailure", "message": f"the local home failed: {error}"}
        return 500, {"Content-Type": JSON}, json.dumps(text).encode()


def _state() -> Data:
    return dict(stores.KINDS)


def _load(data: Data) -> None:
    for kind, store in stores.KINDS.items():
        store.update(data.get(kind) or {})
    for close in _closers:
        close()


def _reset() -> None:
    for store in stores.KINDS.values():
        store.clear()
