"""What EventBridge sends when a rule matches, and how it publishes to topics: if the topic's and the key's policies let it.

KMS does not learn for which account EventBridge publishes: a key policy with `aws:SourceAccount` keeps it out, as on AWS. Targets that are
topics with a role are told nothing: AWS's documentation says that delivery to encrypted topics may fail.
"""

import logging
from typing import Any

from ministack.services import eventbridge, sns

from local import events
from local.metrics import topics
from local.metrics.sent import send
from local.seams import replace

PRINCIPAL = "events.amazonaws.com"
SUBJECT = "EventBridge Notification"
log = logging.getLogger("home.metrics")


def plug_in() -> None:
    """Count matches, and replace how rules publish to topics."""

    def matches(pattern: str, view: Any, owner: str = "rule") -> bool:
        found = bool(original(pattern, view, owner))
        rule = eventbridge._rules.get(owner.removeprefix("rule ")) if found and owner.startswith("rule ") else None
        if rule and rule.get("EventBusName", "default") == "default":
            send("AWS/Events", "TriggeredRules", value=1, dimensions={"RuleName": rule["Name"]})
        return found

    original = replace(eventbridge, "_matches_pattern_view", expected="(pattern_str, view, owner='rule')", by=matches)
    replace(eventbridge, "_dispatch_to_sns", expected="(arn, payload)", by=publish)


def publish(topic: str, message: str) -> None:
    """Publish what a rule says; a refusal is in the home's log."""
    target, called = events.calling()
    rule = str(called.get("Arn", ""))
    refused = topics.refusal(topic, service=topics.Service(principal=PRINCIPAL, source=rule, known_to_kms=False))
    if target.get("RoleArn"):
        refused = f"its target {topic} has a role; let the topic's policy allow {PRINCIPAL} instead"
    if refused:
        log.warning("rule %s tells nobody: %s", rule, refused)
        return
    sns.publish_internal(topic, message, SUBJECT)
