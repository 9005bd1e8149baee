"""What the home has told is on disk: its state is saved while it works, so that a killed home comes back with it.

The emulator saves its state only at a clean end. Here a request that changes a service saves that service before the
answer is sent. What goes on by itself (stacks, executions, job runs) is saved every two seconds while it lasts, and
before somebody is told that it ended. Log lines, queries, sessions and messages that events became are saved within two
seconds: a kill may lose them.

Each service is a file of the emulator's own form, written whole and renamed, and only if it differs from the last time.
"""

import asyncio
import hashlib
import json
import logging
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import persistence
from ministack.services import cloudformation, glue
from ministack.services import stepfunctions as sfn

from local.folder import CUT
from local.seams import replace

EVERY_SECONDS = 2.0
READS = re.compile(r"(Describe|Get|List|BatchGet|Search|Lookup|Head|Select|Filter|Validate|Query|Scan|Test|Poll)")
BY_ITSELF = {"sqs"}  # an event becomes a message without a request
LATER = {"logs", "athena", "sts", "monitoring", "cloudwatch"}
ASKS_FOR_AN_END = re.compile(
    r"(DescribeStacks|DescribeStackEvents|DescribeChangeSet|DescribeExecution|ListExecutions|GetJobRuns?|Describe(Training|Transform)Job)$"
)
log = logging.getLogger("home.checkpoint")

also: dict[str, Callable[[], frozenset[str]]] = {}  # by service of the home's own: what is not at its end
_written: dict[str, str] = {}
_waiting: set[str] = set()
_last: dict[str, frozenset[str]] = {}
_cost = {"saves": 0.0, "seconds": 0.0}


def plug_in() -> None:
    """Save around every request."""

    async def dispatch(method: str, path: str, headers: dict[str, str], body: Any, *query_and_id: Any) -> Any:
        service, action = _named(method, path, headers, body=body, query=query_and_id[0])
        if ASKS_FOR_AN_END.search(action) and going_on() != _last:
            _catch_up()
        answer = await original(method, path, headers, body, *query_and_id)
        if answer[0] < 400 and _changes(service, method, path, action=action):
            if service in LATER:
                _waiting.add(service)
            else:
                _last.update(going_on())
                save(service)
        return answer

    signature = "(method: str, path: str, headers: dict, body: bytes, query_params: dict, request_id: str)"
    original = replace(app, "_dispatch_service_request", expected=signature, by=dispatch)


async def keep_saving() -> None:
    """Save what goes on by itself, and what may wait."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        _catch_up()


def going_on() -> dict[str, frozenset[str]]:
    """By service: the stacks, executions, runs and jobs that are not at their end."""
    stacks = [str(i) for i, s in list(cloudformation._stacks._data.items()) if CUT["StackStatus"](s.get("StackStatus", ""))]
    executions = [str(i) for i, e in list(sfn._executions._data.items()) if CUT["status"](e["status"])]
    runs = [r["Id"] for runs in list(glue._job_runs._data.values()) for r in list(runs) if CUT["JobRunState"](r["JobRunState"])]
    others = {service: look() for service, look in also.items()}
    return {"cloudformation": frozenset(stacks), "states": frozenset(executions), "glue": frozenset(runs), **others}


def save(*services: str) -> None:
    """Write the state of services, without names of all. What changes under our hands is written the next time."""
    began = time.perf_counter()
    keys = {key for service in services for key in _keys_of(service)}
    for key, state_of in app._build_persistence_save_dict().items():
        if keys and key not in keys:
            continue
        try:
            state = state_of()
            text = "" if state is None else _text(key, state)
        except RuntimeError as error:
            log.info("state of %s waits: %s", key, error)
            _waiting.update(services or ("cloudformation",))
            continue
        if text:
            _write(key, text)
    _cost["saves"] += 1
    _cost["seconds"] += time.perf_counter() - began


def soon(service: str) -> None:
    """Write the state of a service that has changed without a request, within two seconds."""
    _waiting.add(service)


def told() -> str:
    """What saving has cost."""
    return f"saved {_cost['saves']:.0f} times, which took {_cost['seconds']:.2f} s"


def _catch_up() -> None:
    """Save what has changed by itself since the last time; a stack changes every service."""
    now = going_on()
    moved = {service for service, names in now.items() if names or names != _last.get(service, frozenset())}
    services = moved | _waiting | BY_ITSELF
    _waiting.clear()
    _last.update(now)
    if "cloudformation" in services:
        save()
    else:
        save(*services)


def _text(key: str, state: Any) -> str:
    payload = {"__ministack_format__": persistence._state_format_version(key), "payload": state}
    return json.dumps(payload, default=persistence._json_default)


def _write(key: str, text: str) -> None:
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    if _written.get(key) == digest:
        return
    target = Path(persistence.STATE_DIR) / f"{key}.json"
    new = target.with_suffix(".new")
    new.write_text(text)
    new.replace(target)
    _written[key] = digest


def _keys_of(service: str) -> set[str]:
    found = app.SERVICE_REGISTRY.get(service, {})
    module = found.get("module", service)
    return {found.get("state_key", module), *found.get("sub_modules", ())}


def _named(method: str, path: str, headers: dict[str, str], *, body: Any, query: dict[str, Any]) -> tuple[str, str]:
    """The service and, where the protocol names it, the action."""
    service = app.detect_service(method, path, headers, app._routing_params(method, path, headers, body, query))
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    if target or service == "s3":
        return service, target
    named = query.get("Action") or re.findall(rb"(?:^|&)Action=(\w+)", bytes(body[:4096]))
    first = named[0] if isinstance(named, list) and named else named or ""
    return service, first.decode() if isinstance(first, bytes) else str(first)


def _changes(service: str, method: str, path: str, *, action: str) -> bool:
    if action:
        return not READS.match(action)
    if service == "s3":
        return method in ("PUT", "POST", "DELETE") and not path.strip("/").partition("/")[2]
    return method not in ("GET", "HEAD", "OPTIONS")
