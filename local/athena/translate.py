"""Trino SQL to DuckDB SQL: the order of the steps.

Names first (functions that exist, columns that resolve), then functions get their DuckDB form, then the rewrites that
depend on types, then the text. The outermost columns keep their written names; those without one are numbered later,
when stars have been expanded.
"""

import threading
from collections.abc import Iterable
from functools import lru_cache

import duckdb
from sqlglot import exp

from local.athena import functions, macros, resolve, semantics
from local.athena.parse import Statement
from local.athena.typist import Columns, Typist

_typing = threading.Lock()
_UNNAMED = f"{macros.SIGN}column"


def to_duckdb(tree: exp.Expr, statement: Statement, views: Columns) -> str:
    """DuckDB's text of a query whose tables are `views` already. Changes `tree`. Raises QueryFailure."""
    functions.check(statement.tokens, tree)
    resolve.check(tree, views)
    _name_outputs(tree)
    functions.rewrite(tree)
    with _typing:
        semantics.rewrite(tree, Typist(_typing_connection(), views))
    return tree.sql("duckdb")


@lru_cache(maxsize=1)
def _typing_connection() -> duckdb.DuckDBPyConnection:
    """The connection that types expressions: one for the process, used by one query at a time, without any data."""
    connection = duckdb.connect(":memory:")
    macros.define(connection)
    return connection


def labels(described: Iterable[str], *, unnamed: bool = False) -> list[str]:
    """The names of result columns as Athena shows them: `_col<position>` for those without a name (`unnamed`: for all)."""
    return [f"_col{i}" if unnamed or name.startswith(_UNNAMED) else name for i, name in enumerate(described)]


def _name_outputs(tree: exp.Expr) -> None:
    for query in _outermost(tree):
        for i, projection in enumerate(query.expressions):
            if isinstance(projection, exp.Column) and not projection.is_star:
                projection.replace(exp.alias_(projection.copy(), projection.name, quoted=True))
            elif not isinstance(projection, (exp.Alias, exp.Star, exp.Column)):
                projection.replace(exp.alias_(projection.copy(), f"{_UNNAMED}{i}", quoted=True))


def _outermost(tree: exp.Expr) -> list[exp.Select]:
    while isinstance(tree, (exp.SetOperation, exp.Subquery)):
        tree = tree.left if isinstance(tree, exp.SetOperation) else tree.this
    return [tree] if isinstance(tree, exp.Select) else []
