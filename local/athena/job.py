"""A statement at work: who runs it, with what, and under which terms."""

import secrets
import string
import time
from dataclasses import dataclass, replace
from functools import cached_property

from sqlglot import exp

from local.athena.caller import Caller
from local.athena.engine import Session
from local.athena.failures import not_supported
from local.athena.statement import Statement
from local.athena.workgroups import Terms

_LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class Job:
    """One statement that runs. `location` is where its result file goes."""

    query_id: str
    statement: Statement
    session: Session
    caller: Caller
    terms: Terms
    location: str

    @cached_property
    def engine_id(self) -> str:
        """The id that the engine gives a query; files are named by it."""
        tail = "".join(secrets.choice(_LETTERS) for _ in range(5))
        return time.strftime("%Y%m%d_%H%M%S_", time.gmtime()) + f"{secrets.randbelow(100_000):05d}_{tail}"

    @property
    def target(self) -> exp.Table:
        """The table that the statement names. Raises QueryFailure where it names none."""
        if self.statement.target is None:
            raise not_supported(f"{self.statement.name} without the name of a table")
        return self.statement.target

    def of(self, statement: Statement) -> "Job":
        """The same work with another statement."""
        return replace(self, statement=statement)
