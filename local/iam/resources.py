"""The resources a request touches, as AWS's service authorization reference has them.

The emulator checks one ARN per request, and for Glue the wrong one: `table/NAME` for databases, and only the database
for tables. AWS checks the catalog, the database and the table. `resources_of` gives the whole list for the services
of `RESOURCES`; every one must be allowed. Other services keep the emulator's own answer. Requests for S3 objects are
checked on their keys as well (object_keys.py).
"""

import contextvars
import json
import logging
from typing import Any

from ministack.core import iam_actions, iam_evaluator

from local.iam import athena_resources, glue_resources, object_keys, other_resources
from local.iam.place import Place
from local.seams import replace

log = logging.getLogger("home.iam")

RESOURCES = {
    "athena": athena_resources.resources_of,
    "glue": glue_resources.resources_of,
    "logs": other_resources.logs,
    "scheduler": other_resources.scheduler,
    "sns": other_resources.sns,
    "states": other_resources.states,
}

_checked: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("home_checked_resources", default=())
_keys: contextvars.ContextVar[tuple[object_keys.KeyUse, ...]] = contextvars.ContextVar("home_key_uses", default=())
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
        _keys.set(object_keys.uses(object_keys.ObjectRequest(operation, method, path, headers, query)) if service == "s3" else ())
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
        for resource in every:
            found = original(access_key_id, iam_action, service, region, resource_arn=resource, **rest)
            if found:
                _denied.set((iam_action, resource))
                log.info("refused: %s on %s: %s", iam_action, resource, found)
                return found
        return _enforce_keys(access_key_id, region, service)

    def _enforce_keys(access_key_id: str, region: str, service: str) -> Any:
        uses, context = _keys.get() if service == "s3" else (), {"kms:ViaService": f"s3.{region}.amazonaws.com"}
        for use in uses:
            found = original(access_key_id, use.action, "kms", region, resource_arn=use.key, service_context=context)
            if found:
                _denied.set((use.action, use.key))
                log.info("refused: %s on %s: %s", use.action, use.key, found)
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
