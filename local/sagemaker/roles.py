"""Roles that SageMaker is given: whether the caller may pass them, and whether they trust SageMaker."""

import contextvars

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region

from local import identity
from local.functions.rights import key_arn
from local.sagemaker.answers import Refused

SERVICE = "sagemaker.amazonaws.com"
SESSION_NAME = "SageMaker"

# The key that signed the request; empty for what CloudFormation does, whose role may do everything (local/README.md).
caller: contextvars.ContextVar[str] = contextvars.ContextVar("home_sagemaker_caller", default="")


def check(role: str) -> None:
    """Raise Refused, as AWS does, unless the caller may pass the role and SageMaker may take it."""
    _need("iam:PassRole", role, context={"iam:PassedToService": SERVICE})
    try:
        session(role)
    except PermissionError as error:
        said = f"Please ensure that the role exists and allows principal '{SERVICE}' to assume the role."
        raise Refused(f"Could not assume role {role}. {said}") from error


def may_tag(resource: str) -> None:
    """Raise Refused unless the caller may tag what it makes: with tags, Create asks for AddTags as well."""
    _need("sagemaker:AddTags", resource, context={})


def session(role: str) -> dict[str, str]:
    """A session of the role as SageMaker takes it, as environment variables. Raises PermissionError."""
    return identity.role_session(role, SESSION_NAME, service=SERVICE)


def lend(session: dict[str, str], key: str) -> None:
    """Raise PermissionError unless a job's role may let SageMaker use the key of the job's volume. Empty: the volume has no key."""
    if key:
        context = {"kms:GrantIsForAWSResource": "true"}
        denial = _denial(session["AWS_ACCESS_KEY_ID"], "kms:CreateGrant", key_arn(key), context=context)
        if denial:
            raise PermissionError(denial)


def _need(action: str, resource: str, *, context: dict[str, str]) -> None:
    key = caller.get()
    denial = _denial(key, action, resource, context=context) if key else ""
    if denial:
        raise Refused(denial, code="AccessDeniedException")


def _denial(key: str, action: str, resource: str, *, context: dict[str, str]) -> str:
    """Why IAM does not let a key do something, in AWS's words; empty if it does."""
    denied = iam_evaluator.enforce(key, action, action.partition(":")[0], get_region(), resource_arn=resource, service_context=context)
    if denied is None:
        return ""
    found = iam_evaluator.resolve_credential(key, get_account_id())
    who = found.principal_arn if isinstance(found, iam_evaluator.ResolvedCredential) else key
    explicit = getattr(denied, "decision", "") == "Deny"
    return str(iam_actions.identity_denial_message(action, who, resource, explicit))
