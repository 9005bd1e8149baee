"""The resources a request touches, as AWS's service authorization reference has them.

The emulator checks one ARN per request, and for Glue the wrong one: `table/NAME` for databases, and only the database
for tables. AWS checks the catalog, the database and the table. `resources_of` gives the whole list for the services
of `RESOURCES`; every one must be allowed. Other services keep the emulator's own answer. Requests for S3 objects are
checked on their keys as well (object_keys.py), and so are messages (message_keys.py). Every decision can be seen (audit.py).
"""

import contextvars
import json
import logging
from typing import Any

from ministack.core import iam_actions, iam_evaluator

from local.iam import (
    athena_resources,
    audit,
    glue_resources,
    keyspaces_resources,
    message_keys,
    object_keys,
    other_resources,
    sagemaker_resources,
)
from local.iam.place import Place
from local.seams import replace

log = logging.getLogger("home.iam")

RESOURCES = {
    "athena": athena_resources.resources_of,
    "glue": glue_resources.resources_of,
    "keyspaces": keyspaces_resources.resources_of,
    "logs": other_resources.logs,
    "sagemaker": sagemaker_resources.resources_of,
    "scheduler": other_resources.scheduler,
    "sns": other_resources.sns,
    "states": other_resources.states,
}

_checked: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("home_checked_resources", default=())
_keys: contextvars.ContextVar[tuple[object_keys.KeyUse, ...]] = contextvars.ContextVar("home_key_uses", default=())
_named_key: contextvars.ContextVar[dict[str, str]] = contextvars.ContextVar("home_named_key", default={})  # noqa: B039
_hidden: contextvars.ContextVar[str] = contextvars.ContextVar("home_hidden_by", default="")
_denied: contextvars.ContextVar[tuple[str, str]] = contextvars.ContextVar("home_denied", default=("", ""))


def denied() -> tuple[str, str]:
    """The action and the ARN that this request was refused for; empty if it was not."""
    return _denied.get()


def plug_in() -> None:
    """Check every resource of a request."""
    _plug_in_extraction()
    _plug_in_enforcement()


def resources_of(service: str, *, operation: str, request: dict[str, Any], place: Place) -> tuple[str, ...]:
    """The ARNs that `operation` touches, or nothing if the emulator's own answer is right."""
    found = RESOURCES.get(service)
    return tuple(found(operation, request, place)) if found else ()


def _plug_in_extraction() -> None:
    def extract_resource_arn(*request: Any) -> str:
        service, method, path, headers, body, query, region, account = request
        operation = iam_actions.extract_iam_action(service, method, path, headers, body, query) or ""
        operation = operation.partition(":")[2]
        parameters = _parameters(body) | {k: v[0] if isinstance(v, list) else v for k, v in query.items()} | {"_path": path}
        _denied.set(("", ""))
        _checked.set(resources_of(service, operation=operation, request=parameters, place=Place(region, account)))
        asked = object_keys.ObjectRequest(operation, method, path, headers, query)
        _keys.set(object_keys.uses(asked) if service == "s3" else ())
        _hidden.set(object_keys.hidden(asked) if service == "s3" else "")
        _named_key.set(object_keys.named(headers) if service == "s3" else {})
        return _checked.get()[-1] if _checked.get() else str(original(*request))

    original = replace(
        iam_actions,
        "extract_resource_arn",
        expected="(service: str, method: str, path: str, headers: dict, body: bytes, query_params: dict, "
        "region: str, account_id: str) -> str",
        by=extract_resource_arn,
    )


def _plug_in_enforcement() -> None:
    def enforce(access_key_id: str, iam_action: str, service: str, region: str, **rest: Any) -> Any:
        asked = rest.pop("resource_arn", "*")
        every = _checked.get() if _checked.get() and _checked.get()[-1] == asked else (asked,)
        context = {**(rest.pop("service_context", None) or {}), **(_named_key.get() if iam_action == "s3:PutObject" else {})}
        wanted = [(iam_action, service, resource, context) for resource in every]
        for use in message_keys.uses(iam_action, asked):
            wanted.append((use.action, "kms", use.key, {"kms:ViaService": f"{service}.{region}.amazonaws.com"}))
        if service == "s3":
            through = {"kms:ViaService": f"s3.{region}.amazonaws.com"}
            wanted += [("s3:ListBucket", service, bucket, {}) for bucket in (_hidden.get(),) if bucket]
            wanted += [(use.action, "kms", use.key, through) for use in _keys.get()]
        for action, of_service, resource, keys in wanted:
            found = original(access_key_id, action, of_service, region, resource_arn=resource, service_context=keys)
            audit.write(access_key_id, action=action, resource=resource, context=keys, allowed=not found)
            if found:
                _denied.set((action, resource))
                log.info("refused: %s on %s: %s", action, resource, found)
                return found
        return None

    original = replace(
        iam_evaluator,
        "enforce",
        expected="(access_key_id: str, iam_action: str, service: str, region: str, resource_arn: str = '*', "
        "service_context: dict[str, typing.Any] | None = None) "
        "-> ministack.core.iam_evaluator.EvalResult | ministack.core.iam_evaluator.AuthError | None",
        by=enforce,
    )


def _parameters(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body) if body[:1] == b"{" else {}
    except (ValueError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
