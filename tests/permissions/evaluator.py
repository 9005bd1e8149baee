"""Who may do what, decided from policies alone: a small, independent evaluator of AWS's rules within one account.

An explicit deny in any policy wins. Otherwise an allow by the caller's own policies is enough, or by the resource's
policy if it names the caller; a KMS key's policy must agree in any case. What the evaluator does not know (an operator,
a policy element) raises: it never guesses.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

Raw = Mapping[str, Any]
ELEMENTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"}


class Verdict(StrEnum):
    """How a call ends."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "no statement allows it"
    DENIED = "a statement denies it"


class Unknown(ValueError):
    """Something in a policy that this evaluator does not know."""


@dataclass(frozen=True)
class Call:
    """One action on one resource by a role (its ARN), with the request's condition keys."""

    role: str
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict, hash=False)

    def value(self, key: str) -> str | None:
        """A condition key's value; None if the request lacks it. Keys are not case-sensitive."""
        account = self.role.split(":")[4]
        known = {
            "aws:securetransport": "true",
            "s3:tlsversion": "1.3",
            "aws:principalarn": self.role,
            "aws:principalaccount": account,
            "aws:resourceaccount": account,
        }
        return {**known, **{name.lower(): value for name, value in self.context.items()}}.get(key.lower())


def judge(call: Call, *, identity: Sequence[Raw], resource: Sequence[Raw] | None = None) -> Verdict:
    """The verdict on a call: `identity` are the role's statements, `resource` those of the resource's own policy (None: it has none)."""
    named = [each for each in resource or () if _names(each.get("Principal"), call)]
    if any(each["Effect"] == "Deny" and applies(each, call) for each in (*identity, *named)):
        return Verdict.DENIED
    by_role = any(each["Effect"] == "Allow" and applies(each, call) for each in identity)
    by_resource = [each for each in named if each["Effect"] == "Allow" and applies(each, call)]
    if call.action.startswith("kms:"):
        allowed = bool(by_resource) and (by_role or any(_directly(each["Principal"], call) for each in by_resource))
    else:
        allowed = by_role or any(_directly(each["Principal"], call) for each in by_resource)
    return Verdict.ALLOWED if allowed else Verdict.NOT_ALLOWED


def applies(statement: Raw, call: Call) -> bool:
    """Whether a statement speaks of the call: its action, its resource and all its conditions."""
    if unknown := set(statement) - ELEMENTS:
        raise Unknown(f"element {sorted(unknown)} in {statement}")
    return (
        _covers(statement, "Action", call.action, ignore_case=True)
        and _covers(statement, "Resource", call.resource, ignore_case=False)
        and all(
            _holds(operator, call.value(key), [str(each).lower() if each in (True, False) else str(each) for each in listed(wanted)])
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def listed(value: Any) -> list[Any]:
    """A policy element that may stand alone or in a list."""
    return value if isinstance(value, list) else [value]


def _covers(statement: Raw, element: str, value: str, *, ignore_case: bool) -> bool:
    if element in statement:
        return any(matches(pattern, value, ignore_case=ignore_case) for pattern in listed(statement[element]))
    if f"Not{element}" in statement:
        return not any(matches(pattern, value, ignore_case=ignore_case) for pattern in listed(statement[f"Not{element}"]))
    raise Unknown(f"no {element} in {statement}")


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether a value fits a pattern with * and ?."""
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


@cache
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    if "${" in pattern:
        raise Unknown(f"policy variable in {pattern}")
    text = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _arn_like(value: str, wanted: str) -> bool:
    parts, patterns = value.split(":", 5), wanted.split(":", 5)
    return len(parts) == len(patterns) == 6 and all(map(matches, patterns, parts))


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda value, wanted: compare(float(value), float(wanted))


OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": lambda value, wanted: matches(wanted, value),
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "NumericEquals": _number(lambda value, wanted: value == wanted),
    "NumericLessThan": _number(lambda value, wanted: value < wanted),
    "NumericGreaterThan": _number(lambda value, wanted: value > wanted),
}
NEGATIONS = {"StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "ArnNotLike": "ArnLike", "ArnNotEquals": "ArnEquals"}


def _holds(operator: str, value: str | None, wanted: Sequence[str]) -> bool:
    if operator == "Null":
        return (value is None) == (wanted[0] == "true")
    base = operator.removesuffix("IfExists")
    if base not in OPERATORS and base not in NEGATIONS:
        raise Unknown(f"operator {operator}")
    if value is None:
        return base in NEGATIONS or base != operator
    test = OPERATORS[NEGATIONS.get(base, base)]
    found = any(test(value, each) for each in wanted)
    return not found if base in NEGATIONS else found


def _names(principal: Any, call: Call) -> bool:
    """Whether a resource's statement is about the caller: by its name, its account, or everybody."""
    account = call.role.split(":")[4]
    return _directly(principal, call) or any(each in (account, f"arn:aws:iam::{account}:root") for each in _aws(principal))


def _directly(principal: Any, call: Call) -> bool:
    return any(each in ("*", call.role) for each in _aws(principal))


def _aws(principal: Any) -> list[str]:
    if principal == "*":
        return ["*"]
    if not isinstance(principal, dict) or set(principal) - {"AWS", "Service", "Federated", "CanonicalUser"}:
        raise Unknown(f"principal {principal}")
    return listed(principal.get("AWS", []))
