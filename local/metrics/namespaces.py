"""PutMetricData: IAM's condition key `cloudwatch:namespace`, AWS's own namespaces, and the home's clock."""

import json
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions
from ministack.services import cloudwatch

from local.metrics import clock
from local.seams import replace


def plug_in() -> None:
    """Let policies name a namespace, and refuse those that belong to AWS."""

    def context(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        named = {"cloudwatch:namespace": _namespace(body, params)} if action == "cloudwatch:PutMetricData" else {}
        return {**tags(service, action, body, params), **named}

    def put(params: dict[str, Any], data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        if str(data.get("Namespace") or cloudwatch._p(params, "Namespace")).startswith("AWS/"):
            message = "The value AWS/ for parameter Namespace is invalid."
            return cloudwatch._error("InvalidParameterValue", message, 400, use_json=is_json, use_cbor=is_cbor)
        return store(params, data, is_cbor, is_json)

    def keep(namespace: str, name: str, dimensions: Any, moment: float, *values: Any) -> None:
        keep_at(namespace, name, dimensions, moment + clock.ahead(), *values)

    tags = replace(
        iam_actions, "request_tag_context", expected="(service: str, iam_action: str, body: bytes, params: dict) -> dict", by=context
    )
    store = replace(cloudwatch, "_put_metric_data", expected="(params, cbor_data, is_cbor, is_json=False)", by=put)
    keep_at = replace(cloudwatch, "_store_datum", expected="(namespace, name, dims, ts, unit, value, values, counts, stat_values)", by=keep)


def _namespace(body: bytes, params: dict[str, Any]) -> str:
    """The namespace that a request names, in whichever protocol: in its query, its form or its JSON."""
    text = body.decode(errors="replace")
    try:
        found = json.loads(text).get("Namespace") if text.startswith("{") else parse_qs(text).get("Namespace")
    except ValueError:
        found = None
    given = found or params.get("Namespace") or ""
    return str(given[0] if isinstance(given, list) else given)
