"""Who may do what where no request of theirs is at hand: a role before its service acts, and a service by a resource's policy."""

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_region
from ministack.services import kms

from local import identity

LAMBDA = "lambda.amazonaws.com"


def function_session(config: dict[str, Any]) -> dict[str, str]:
    """A session of a function's role. Raises PermissionError, in AWS's words, if Lambda may not assume it."""
    try:
        return identity.role_session(config["Role"], config["FunctionName"], service=LAMBDA)
    except PermissionError as error:
        raise PermissionError(f"The role defined for the function cannot be assumed by Lambda. ({error})") from error


def session_may(session: dict[str, str], action: str, *, resource: str) -> bool:
    """Whether IAM lets a session do something."""
    service = action.partition(":")[0]
    return iam_evaluator.enforce(session["AWS_ACCESS_KEY_ID"], action, service, get_region(), resource_arn=resource) is None


def service_may_use_key(service: str, key: str, *, queue: str) -> bool:
    """Whether a key's own policy lets a service write into a queue under it; and the key is enabled."""
    found = kms._resolve_key(key)
    if not usable(key) or found is None:
        return False
    return all(_allows(found.get("Policy"), service, action, queue) for action in ("kms:Decrypt", "kms:GenerateDataKey"))


def usable(key: str) -> bool:
    """Whether a key is there and enabled."""
    found = kms._resolve_key(key)
    return found is not None and found.get("KeyState", "Enabled") == "Enabled"


def key_arn(key: str) -> str:
    """The ARN of a key that is named in any of the ways KMS takes; the name itself if there is no such key."""
    found = kms._resolve_key(key)
    return str(found["Arn"]) if found and "Arn" in found else key


def _allows(policy: Any, service: str, action: str, queue: str) -> bool:
    context = iam_evaluator.EvalContext(
        principal_arn="*",  # a service is no principal of the account: only statements that name it, or everybody, count
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn="*",
        region=get_region(),
        service_context={"kms:encryptioncontext:aws:sqs:arn": queue},
    )
    return bool(iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow")
