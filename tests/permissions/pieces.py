"""The smallest pieces of every role's policies, one action on one resource each, and what is left of a role without one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.permissions import agreed
from tests.permissions.evaluator import Raw, listed
from tests.permissions.world import Role, World

ENVIRONMENTS = ("dev", "prod")


@dataclass(frozen=True)
class Piece:
    """One action on one resource in one statement of a role, by position, which deployed and agreed templates share."""

    environment: str
    role: str
    statement: int
    action: str
    resource: int
    label: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.role} {self.action} on {self.label}"


def pieces() -> list[Piece]:
    """Every piece of every role; of a role that both environments have, those of dev."""
    found: dict[str, list[Piece]] = {}
    for environment in ENVIRONMENTS:
        for name, role in agreed.world(environment).roles.items():
            found.setdefault(name, list(_of(role, name=name, environment=environment)))
    return [piece for each in found.values() for piece in each]


def _of(role: Role, *, name: str, environment: str) -> Iterator[Piece]:
    for number, statement in enumerate(role.statements):
        assert statement["Effect"] == "Allow", f"{name} has a statement that the mutation does not know: {statement}"
        for action in listed(statement["Action"]):
            for place, resource in enumerate(listed(statement["Resource"])):
                yield Piece(environment, name, number, action, place, _label(resource))


def _label(resource: str) -> str:
    """A resource's ARN for people: `s3 raw/*`, `glue table/lakemill_dev_cleaned/*`, without the hashes of its path."""
    if resource == "*":
        return resource
    service, rest = resource.split(":")[2], resource.split(":", 5)[5]
    rest = re.sub(r"(?:storage|process|flows|catalog|query|train)-(\w+?)(?:bucket|database)?[0-9a-f]{8}\b", r"\1", rest)
    return f"{service} {rest.removeprefix('cdk-hnb659fds-assets-')}"


def resource_of(piece: Piece, role: Role) -> str:
    """The piece's resource as it is called in the role's world."""
    return str(listed(role.statements[piece.statement]["Resource"])[piece.resource])


def without(piece: Piece, role: Role) -> tuple[Raw, ...]:
    """The role's statements without the piece."""
    return tuple(
        rest for number, each in enumerate(role.statements) for rest in (_rest(each, piece) if number == piece.statement else [each])
    )


def _rest(statement: Raw, piece: Piece) -> Iterator[Raw]:
    actions, resources = listed(statement["Action"]), listed(statement["Resource"])
    others = [each for each in actions if each != piece.action]
    elsewhere = [each for place, each in enumerate(resources) if place != piece.resource]
    if others:
        yield {**statement, "Action": others}
    if elsewhere:
        yield {**statement, "Action": piece.action, "Resource": elsewhere}


def world_like(world: World) -> list[tuple[str, int, list[str], int]]:
    """The shape of a world's roles, to compare deployed with agreed ones: role, statement, actions, how many resources."""
    return sorted(
        (name, number, listed(statement["Action"]), len(listed(statement["Resource"])))
        for name, role in world.roles.items()
        for number, statement in enumerate(role.statements)
    )
