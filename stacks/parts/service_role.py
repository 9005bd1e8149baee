"""Roles that only one service of this account may take."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.parts.here import ACCOUNT

_NAMES: WeakKeyDictionary[cdk.Stack, dict[str, str]] = WeakKeyDictionary()  # to ask for each reference of a stack once
TOKEN = re.compile(r"\$\{Token\[[^\]]+\]\}")


@dataclass(frozen=True)
class Permission:
    """Actions on resources given by their ARNs. Plain values until a role gets it: each statement object slows the synthesis."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


class ServiceRole(iam.Role):
    """A role for `service`, bounded to this account so that nobody else's jobs can make the service use it."""

    def __init__(self, scope: Construct, construct_id: str, *, service: str, description: str) -> None:
        principal = iam.ServicePrincipal(f"{service}.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": ACCOUNT}})
        super().__init__(scope, construct_id, assumed_by=principal, description=description)
        self._stack = cdk.Stack.of(scope)

    def may(self, *permissions: Permission, because: str = "") -> None:
        """Adds permissions to the role's own policy. `because` says why a resource ends in a wildcard; without it cdk-nag refuses one."""
        for actions, resources in _merged(permissions):
            self.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
        wildcards = dict.fromkeys(resource for each in permissions for resource in each.resources if "*" in resource)
        if because and wildcards:
            findings = [f"AwsSolutions::AwsSolutions-IAM5[Resource::{self._as_reported(each)}]" for each in wildcards]
            cdk.Validations.of(self).acknowledge(*(cdk.Acknowledgment(id=each, reason=because) for each in findings))

    def _as_reported(self, resource: str) -> str:
        return TOKEN.sub(lambda token: self._name_of(token[0]), resource)

    def _name_of(self, token: str) -> str:
        known = _NAMES.setdefault(self._stack, {})
        if token not in known:
            known[token] = _name_of(token, stack=self._stack)
        return known[token]


def _merged(permissions: Iterable[Permission]) -> list[tuple[list[str], list[str]]]:
    """Actions with resources, one statement per set of resources, in the order given: templates change only with their cause."""
    actions: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for each in permissions:
        actions[each.resources] |= dict.fromkeys(each.actions)
    return [(list(names), list(resources)) for resources, names in actions.items()]


def _name_of(token: str, *, stack: cdk.Stack) -> str:
    """A reference as cdk-nag spells it: an export's name for another stack's value, else the logical id in angle brackets."""
    reference = cdk.Tokenization.reverse_string(token).first_token
    if isinstance(reference, cdk.Reference):
        owner = cdk.Stack.of(reference.target)
        if owner is not stack:
            return str(owner.resolve(owner.export_value(token))["Fn::ImportValue"])
    [(function, value)] = stack.resolve(token).items()
    return f"<{value}>" if function == "Ref" else f"<{'.'.join(value)}>"
