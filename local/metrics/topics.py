"""Whether a service may publish to a topic: by the topic's policy and, if it is encrypted, by its key's."""

from dataclasses import dataclass
from typing import Any

from ministack.core.iam_evaluator import EvalContext, evaluate_resource_policy
from ministack.core.responses import get_account_id, get_region
from ministack.services import kms, sns

KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that publishes by itself: its principal, what it acts for, and whether KMS learns for whom it acts."""

    principal: str
    source: str
    known_to_kms: bool

    def conditions(self) -> dict[str, Any]:
        """The condition keys that a request of the service carries."""
        account = get_account_id()
        return {"aws:sourcearn": self.source, "aws:sourceaccount": account, "aws:sourceowner": account}


def refusal(topic_arn: str, *, service: Service) -> str:
    """Why `service` may not publish to a topic; empty if it may."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is None:
        return f"{topic_arn} does not exist"
    policy = topic.get("attributes", {}).get("Policy") or ""
    if not _allowed(policy, action="sns:Publish", resource=topic_arn, service=service, conditions=service.conditions()):
        return f"the policy of {topic_arn} does not let {service.principal} publish"
    key = topic.get("attributes", {}).get("KmsMasterKeyId") or ""
    if not key:
        return ""
    found = kms.key_policy_for_arn(_key_arn(key))
    if found is None:
        return f"the key {key} of {topic_arn} does not exist, or is AWS's own, which no service but SNS may use"
    context = {"kms:encryptioncontext:aws:sns:topicarn": topic_arn} | (service.conditions() if service.known_to_kms else {})
    for action in KEY_ACTIONS:
        if not _allowed(found[0], action=action, resource=_key_arn(key), service=service, conditions=context):
            return f"the policy of the key {key} of {topic_arn} does not let {service.principal} do {action}"
    return ""


def _key_arn(key: str) -> str:
    return key if key.startswith("arn:") else f"arn:aws:kms:{get_region()}:{get_account_id()}:key/{key}"


def _allowed(policy: str, *, action: str, resource: str, service: Service, conditions: dict[str, Any]) -> bool:
    context = EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,
        service_context=conditions,
    )
    return bool(policy) and str(evaluate_resource_policy(policy, context, service=service.principal).decision) == "Allow"
