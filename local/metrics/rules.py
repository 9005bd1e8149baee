"""EventBridge publishes to topics as the role of the target, or by itself if the topic's and the key's policies let it.

KMS does not learn for which account EventBridge publishes: a key policy with `aws:SourceAccount` keeps it out, as on AWS.
"""

import logging

from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import eventbridge, sns

from local import events, identity
from local.metrics import topics
from local.seams import replace

PRINCIPAL = "events.amazonaws.com"
SUBJECT = "EventBridge Notification"
log = logging.getLogger("home.metrics")


def plug_in() -> None:
    """Replace how rules publish to topics."""
    replace(eventbridge, "_dispatch_to_sns", expected="(arn, payload)", by=publish)


def publish(topic: str, message: str) -> None:
    """Publish what a rule says; a refusal is in the home's log."""
    target, called = events.calling()
    rule, role = str(called.get("Arn", "")), target.get("RoleArn")
    if role:
        identity.in_background(lambda: _as_role(topic, message, rule=rule, role=role), name="events-sns")
        return
    refused = topics.refusal(topic, service=topics.Service(principal=PRINCIPAL, source=rule, known_to_kms=False))
    if refused:
        log.warning("rule %s tells nobody: %s", rule, refused)
        return
    sns.publish_internal(topic, message, SUBJECT)


def _as_role(topic: str, message: str, *, rule: str, role: str) -> None:
    try:
        session = identity.role_session(role, "EventBridge", service=PRINCIPAL)
        identity.client("sns", session).publish(TopicArn=topic, Message=message)
    except (PermissionError, ClientError, BotoCoreError) as error:
        log.warning("rule %s tells nobody: %s", rule, error)
