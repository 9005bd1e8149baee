"""What the home knows of keyspaces and tables besides their columns, which Cassandra keeps: states, properties and tags.

A change takes a moment, as on AWS, where it takes seconds to minutes: who does not look at the state finds the table not
yet there, at home too.
"""

import time
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

from ministack.core.responses import get_account_id, get_region

TAKES_SECONDS = 0.5
PAY_PER_REQUEST = "PAY_PER_REQUEST"
CUSTOMER_KEY = "CUSTOMER_MANAGED_KMS_KEY"


@dataclass
class Keyspace:
    """One keyspace."""

    name: str
    created: float = field(default_factory=time.time)
    ready: float = field(default_factory=lambda: time.time() + TAKES_SECONDS)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Where it is in its life."""
        return "ACTIVE" if time.time() >= self.ready else "CREATING"

    @property
    def arn(self) -> str:
        """Its ARN, which ends in a slash."""
        return f"arn:aws:cassandra:{get_region()}:{get_account_id()}:/keyspace/{self.name}/"


@dataclass
class Table:
    """One table. `capacity` and `encryption` are as the control plane has them."""

    keyspace: str
    name: str
    created: float = field(default_factory=time.time)
    ready: float = field(default_factory=lambda: time.time() + TAKES_SECONDS)
    changing: str = "CREATING"
    capacity: dict[str, Any] = field(default_factory=lambda: {"throughputMode": PAY_PER_REQUEST})
    capacity_since: float = field(default_factory=time.time)
    encryption: dict[str, str] = field(default_factory=lambda: {"type": "AWS_OWNED_KMS_KEY"})
    recovery_since: float = 0.0
    ttl: bool = False
    default_ttl: int = 0
    timestamps: bool = False
    comment: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def status(self) -> str:
        """Where it is in its life; not usable without its key."""
        if time.time() < self.ready:
            return self.changing
        from local.functions.rights import usable  # the stand-ins know each other in a circle

        if self.encryption["type"] == CUSTOMER_KEY and not usable(self.encryption["kmsKeyIdentifier"]):
            return "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
        return "ACTIVE"

    @property
    def gone(self) -> bool:
        """Whether its deletion has ended."""
        return self.changing == "DELETING" and time.time() >= self.ready

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:cassandra:{get_region()}:{get_account_id()}:/keyspace/{self.keyspace}/table/{self.name}"

    def begin(self, change: str) -> None:
        """Let a change take its moment."""
        self.changing, self.ready = change, time.time() + TAKES_SECONDS


keyspaces: dict[str, Keyspace] = {}
tables: dict[tuple[str, str], Table] = {}


def table(keyspace: str, name: str) -> Table | None:
    """A table, until its deletion has ended."""
    found = tables.get((keyspace, name))
    if found is not None and found.gone:
        tables.pop((keyspace, name), None)
        return None
    return found


def tables_of(keyspace: str) -> list[Table]:
    """The tables of a keyspace, by name."""
    return [found for place in sorted(tables) if place[0] == keyspace and (found := table(*place))]


def get_state() -> dict[str, Any]:
    """What is saved: the emulator's protocol for services."""
    return {"keyspaces": [asdict(k) for k in keyspaces.values()], "tables": [asdict(t) for t in tables.values()]}


def load_persisted_state(data: dict[str, Any]) -> None:
    """What was saved."""
    keyspaces.update({each["name"]: Keyspace(**each) for each in data.get("keyspaces", [])})
    tables.update({(each["keyspace"], each["name"]): Table(**each) for each in data.get("tables", [])})


def settle(schema: dict[str, Any]) -> None:
    """Make what is known what Cassandra has: a killed home may not have saved its last change."""
    for name in [n for n in keyspaces if n not in schema]:
        del keyspaces[name]
    for place in [p for p in tables if p[1] not in schema.get(p[0], {})]:
        del tables[place]
    for keyspace, found in schema.items():
        keyspaces.setdefault(keyspace, Keyspace(keyspace, ready=0))
        for name, about in found.items():
            tables.setdefault((keyspace, name), Table(keyspace, name, ready=0, ttl=about["ttl"] > 0, default_ttl=about["ttl"]))
