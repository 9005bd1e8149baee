"""Denials that name the resource.

AWS says which resource a caller may not touch, the emulator mostly leaves it out. For the services below the message
is the one AWS sends, so that a failed run says which statement its role lacks. Every refusal also stands in the home's
log: the answer to a HEAD request has no room for a reason.
"""

import logging
from typing import Any

from ministack import app
from ministack.core import iam_actions

from local.iam.resources import denied
from local.seams import replace

log = logging.getLogger("home.iam")
NAMED = (  # services whose refusals name the resource
    "athena",
    "cloudformation",
    "glue",
    "keyspaces",
    "kms",
    "logs",
    "s3",
    "sagemaker",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "states",
    "sts",
)


def plug_in() -> None:
    """Name the resource in denials of `NAMED` services."""

    def access_denied_response(service: str, action: str, principal_arn: str, request_id: str, **rest: Any) -> Any:
        if service in NAMED and not (rest.get("error_code") or rest.get("message") or rest.get("resource_policy_arn")):
            refused, resource = denied() if denied()[0] else (action, rest.get("resource_arn", "*"))
            explicit = bool(rest.get("explicit_deny"))
            rest["message"] = iam_actions.identity_denial_message(refused, principal_arn, resource, explicit)
        log.warning("refused: %s", rest.get("message") or f"{principal_arn} {action} on {rest.get('resource_arn', '*')}")
        return original(service, action, principal_arn, request_id, **rest)

    def credential_failure(service: str, iam_action: str, request_id: str, refused: Any, headers: dict[str, str]) -> Any:
        log.warning("refused: %s, whose credentials are not good: %s", iam_action, refused)
        return unknown(service, iam_action, request_id, refused, headers)

    unknown = replace(
        app,
        "_credential_failure",
        expected="(service: str, iam_action: str, request_id: str, denied, headers: dict)",
        by=credential_failure,
    )
    original = replace(
        iam_actions,
        "access_denied_response",
        expected="(service: str, action: str, principal_arn: str, request_id: str, *, error_code: str = '', message: str = '', "
        "headers: dict | None = None, resource_arn: str = '*', explicit_deny: bool = False, resource_policy_arn: str = '') -> tuple",
        by=access_denied_response,
    )
