"""AWS::Logs::LogGroup as on AWS: a name of its own, an error if the named group exists, and a key that allows it.

The emulator gives an unnamed group a fixed name and overwrites a group that exists, so a retained group's logs were
lost when its stack came back. And CloudWatch Logs refuses a key whose policy does not let it use the key for that
group: CDK adds no such statement, which makes it a likely failure of a first deployment, so the home refuses it too.
"""

import json
import secrets
import string
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch_logs, kms

from local.cloudformation.handlers import Made, Properties, existing

KIND = "AWS::Logs::LogGroup"
NEEDED = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey")


def plug_in() -> None:
    """Complete the emulator's log group."""
    handlers = existing(KIND)
    make, change = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: Properties, stack: str) -> Made:
        name = properties.get("LogGroupName") or f"{stack}-{logical_id}-{_suffix()}"
        if name in cloudwatch_logs._log_groups:
            raise ValueError(f"Resource of type '{KIND}' with identifier '{name}' already exists.")
        _check_key(name, properties.get("KmsKeyId", ""))
        made: Made = make(logical_id, {**properties, "LogGroupName": name}, stack)
        return made

    def update(name: str, old: Properties, new: Properties, stack: str, logical_id: str | None = None) -> Made:
        kept = {"LogGroupName": name}
        _check_key(name, new.get("KmsKeyId", ""))
        made: Made = change(name, {**kept, **old}, {**kept, **new}, stack, logical_id)
        return made

    handlers.update(create=create, update=update)


def _suffix() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(12))


def _check_key(group: str, key: str) -> None:
    if not key:
        return
    found = kms._resolve_key(key)
    policy = json.loads(found["Policy"]) if found and found.get("Policy") else {}
    service = f"logs.{get_region()}.amazonaws.com"
    arn = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}"
    if found is None or not all(_allows(policy, service, action, arn) for action in NEEDED):
        raise ValueError(f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'")


def _allows(policy: dict[str, Any], service: str, action: str, arn: str) -> bool:
    account = get_account_id()
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account=account,
        action=action,
        resource_arn="*",
        region=get_region(),
        service_context={"kms:encryptioncontext:aws:logs:arn": arn, "aws:sourceaccount": account, "aws:sourcearn": arn},
    )
    statements = policy.get("Statement", [])
    return any(_grants(s, service, context) for s in ([statements] if isinstance(statements, dict) else statements))


def _grants(statement: dict[str, Any], service: str, context: Any) -> bool:
    actions = statement.get("Action", [])
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    return (
        statement.get("Effect") == "Allow"
        and service in ([services] if isinstance(services, str) else services)
        and iam_evaluator._action_matches(context.action, [actions] if isinstance(actions, str) else actions, [])
        and iam_evaluator._conditions_met(statement.get("Condition", {}), context)
    )
