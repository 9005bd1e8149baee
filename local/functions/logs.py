"""A function's log, written as its role. On AWS a role without the right to write logs leaves none, and so it is here."""

import contextlib
import datetime
import logging
import secrets
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import lambda_svc

from local import identity
from local.functions.rights import function_session
from local.seams import replace

log = logging.getLogger("home.functions")


def plug_in() -> None:
    """Write logs by the API instead of into the emulator's tables."""

    def emit(func: Any, request_id: str, log_text: str, _error: bool, duration_ms: int, **_: Any) -> None:
        config = func.get("config") or func
        took = f"Duration: {duration_ms} ms\tBilled Duration: {duration_ms} ms\tMemory Size: {config.get('MemorySize', 128)} MB"
        lines = [f"START RequestId: {request_id} Version: {config.get('Version', '$LATEST')}", *(log_text or "").splitlines()]
        lines += [f"END RequestId: {request_id}", f"REPORT RequestId: {request_id}\t{took}"]
        try:
            write(config, lines)
        except (PermissionError, ClientError, BotoCoreError) as error:
            log.warning("the log of %s is not written: %s", config.get("FunctionName"), error)

    replace(
        lambda_svc,
        "_emit_lambda_logs",
        expected="(func: dict, request_id: str, log_text: str, error: bool, duration_ms: int, *, log_source: str | None = None) -> None",
        by=emit,
    )


def write(config: dict[str, Any], lines: list[str]) -> None:
    """Write lines into a new stream of the function's log group, which is made if it is absent."""
    client = identity.client("logs", function_session(config))
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    day = datetime.datetime.now(datetime.UTC).strftime("%Y/%m/%d")
    stream = {"logGroupName": group, "logStreamName": f"{day}/[{config.get('Version', '$LATEST')}]{secrets.token_hex(16)}"}
    try:
        client.create_log_stream(**stream)
    except client.exceptions.ResourceNotFoundException:
        with contextlib.suppress(client.exceptions.ResourceAlreadyExistsException):  # another invocation was faster
            client.create_log_group(logGroupName=group)
        client.create_log_stream(**stream)
    now = int(time.time() * 1000)
    client.put_log_events(**stream, logEvents=[{"timestamp": now, "message": line} for line in lines if line])
