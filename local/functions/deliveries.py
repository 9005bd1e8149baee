"""EventBridge puts events into queues only where the queue's policy and its key's policy let it.

The emulator puts them there whatever the policies say, so that a missing statement shows on AWS only, where nothing ever
arrives. KMS may not learn for which account EventBridge acts (with encrypted topics it never does), so here a statement of the
key's policy with `aws:SourceAccount` lets nothing in; one with the queue's encryption context does. An event that may not be
delivered goes to the target's dead-letter queue, if EventBridge may send there, with AWS's attributes that say why; and it is in
the home's log. S3's events name the version of their object, as on AWS.
"""

import contextvars
import json
import logging
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import eventbridge, s3, sqs

from local import events
from local.functions.rights import service_may_use_key
from local.seams import replace

SERVICE = "events.amazonaws.com"
log = logging.getLogger("home.events")

_version: contextvars.ContextVar[str] = contextvars.ContextVar("home_event_version", default="")


def plug_in() -> None:
    """Check permissions before events are put into queues, and complete S3's events."""
    _plug_in_targets()
    _plug_in_versions()


def _plug_in_targets() -> None:
    def dispatch(spec: Any, payload: str, sqs_parameters: Any = None) -> None:
        target, rule = events.calling()
        code, reason = refusal(str(spec), rule=rule["Arn"])
        if not code:
            put(spec, payload, sqs_parameters)
            return
        log.error("rule %s could not deliver to %s: %s", rule["Arn"], spec, reason)
        _bury(payload, target=target, rule=rule["Arn"], why=(code, reason))

    put = replace(eventbridge, "_dispatch_to_sqs", expected="(spec, payload, sqs_parameters=None)", by=dispatch)


def refusal(queue_arn: str, *, rule: str) -> tuple[str, str]:
    """The code and the reason why a rule may not put an event into a queue; empty if it may."""
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        return "NO_RESOURCE", f"there is no queue {queue_arn}"
    if not sqs.queue_policy_allows(queue_arn, SERVICE, rule, get_account_id()):
        return "NO_PERMISSIONS", f"the policy of {queue_arn} does not let {SERVICE} send for {rule}"
    key = queue["attributes"].get("KmsMasterKeyId")
    if key and not service_may_use_key(SERVICE, key, queue=queue_arn):
        return "NO_PERMISSIONS", f"the policy of key {key} does not let {SERVICE} use it for {queue_arn}, or the key is not enabled"
    return "", ""


def _bury(payload: str, *, target: dict[str, Any], rule: str, why: tuple[str, str]) -> None:
    dead = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not dead:
        return
    _, refused = refusal(dead, rule=rule)
    if refused:
        log.error("rule %s could not deliver to its dead-letter queue: %s", rule, refused)
        return
    said = {"ERROR_CODE": why[0], "ERROR_MESSAGE": why[1], "RULE_ARN": rule, "TARGET_ARN": target["Arn"]}
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in said.items()}
    queue = sqs._queue_by_arn(dead)
    assert queue is not None
    sqs._act_send_message({"QueueUrl": queue["url"], "MessageBody": payload, "MessageAttributes": attributes}, queue["url"])


def _plug_in_versions() -> None:
    def fire(*event: Any, **more: Any) -> None:
        token = _version.set(str(more.get("version_id") or ""))
        try:
            fire_event(*event, **more)
        finally:
            _version.reset(token)

    def dispatch(event: dict[str, Any], view: Any = None) -> None:
        if event.get("Source") == "aws.s3" and _version.get():
            detail = json.loads(event["Detail"])
            detail["object"]["version-id"] = _version.get()
            event, view = {**event, "Detail": json.dumps(detail)}, None
        dispatch_event(event, view)

    fire_event = replace(
        s3,
        "_fire_s3_event",
        expected="(bucket_name: str, key: str, event_name: str, size: int = 0, etag: str = '', deletion_type: str | None = None, "
        "restore_event_data: dict | None = None, version_id: str | None = None, sequencer: str | None = None, "
        "object_extra: dict | None = None, record_extra: dict | None = None) -> None",
        by=fire,
    )
    dispatch_event = replace(eventbridge, "_dispatch_event", expected="(event, view=None)", by=dispatch)
