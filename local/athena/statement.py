"""A statement as StartQueryExecution understood it: its kind, its parts, and where its result goes."""

from dataclasses import dataclass, field, replace

from sqlglot import exp
from sqlglot.tokenizer_core import Token

from local.athena.failures import QueryFailure

Value = str | int | float | bool | list[str]
CSV, TEXT, NO_BODY, TABLES = "{id}.csv", "{id}.txt", "{id}", "tables/{id}"


@dataclass(frozen=True)
class Statement:
    """A checked statement.

    `kind` (DML, DDL, UTILITY) and `name` are its StatementType and SubstatementType, `file` names its result file. `tree` and
    `tokens` belong to the query in it, `target` is the table it writes, makes or drops.
    """

    text: str
    kind: str
    name: str
    file: str
    tree: exp.Expr | None = None
    tokens: tuple[Token, ...] = ()
    target: exp.Table | None = None
    columns: tuple[exp.Identifier, ...] = ()
    properties: dict[str, Value] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    failure: QueryFailure | None = None

    def with_failure(self, failure: QueryFailure) -> "Statement":
        """The same statement, that will fail."""
        return replace(self, failure=failure)
