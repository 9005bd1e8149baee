"""Sessions of roles: clients that act as a role, while the home records what it decides about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.permissions.evaluator import Verdict
from tests.permissions.recorded import Decision, Recorded
from tests.permissions.world import Role

START = "states:StartExecution"
# Roles of production that touch neither objects nor tables, each with all that it may do on things of its own (test_small_roles.py).
SMALL: dict[str, set[str]] = {
    "flows/CallsArrivalRole": {
        "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "kms:Decrypt", START, "states:ListExecutions",
        "logs:CreateLogStream", "logs:PutLogEvents",
    },
    "flows/CallsClockRole": {START},
}  # fmt: skip


@dataclass(frozen=True)
class Session:
    """A role, clients that act as it, and what the home decides meanwhile."""

    record: Recorded
    role: Role
    client: Callable[[str], Any]

    @property
    def role_name(self) -> str:
        return next(name for name, each in self.record.world.roles.items() if each.arn == self.role.arn)

    def tried(self, call: Callable[[], Any]) -> tuple[list[Decision], str]:
        """The decisions that a call led to, and its error if it was refused; other errors do not matter here."""
        before, refusal = len(self.record.lines()), ""
        try:
            call()
        except ClientError as error:
            refusal = str(error) if "not authorized" in str(error) else ""
        return self.record.read(self.record.lines()[before:], of=self.role), refusal

    def agree(self, decisions: list[Decision]) -> None:
        """Home and evaluator decide alike."""
        for each in decisions:
            assert (self.role.may(each.call, self.record.world) is Verdict.ALLOWED) is each.allowed, each


def session_of(name: str, request: pytest.FixtureRequest) -> Session:
    """A session of a role, in the environment that shows it at work."""
    record: Recorded = request.getfixturevalue("recorded_prod" if name in SMALL else "recorded")
    role = record.world.roles[name]
    return Session(record, role, record.session(role))
