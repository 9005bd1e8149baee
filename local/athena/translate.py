"""Trino SQL to DuckDB SQL: the order of the steps.

Names first (functions that exist, columns that resolve), then functions get their DuckDB form, then the rewrites that
depend on types, then the text. The outermost columns keep their written names; those without one are numbered later,
when stars have been expanded.
"""

import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import duckdb
from sqlglot import exp
from sqlglot.dialects import DuckDB

from local.athena import functions, macros, resolve, semantics
from local.athena.statement import Statement
from local.athena.typist import Columns, Typist

_typing = threading.Lock()
_UNNAMED = f"{macros.SIGN}column"


def to_duckdb(tree: exp.Expr, statement: Statement, views: Columns) -> str:
    """DuckDB's text of a query whose tables are `views` already. Changes `tree`. Raises QueryFailure."""
    with _typing:
        return _translated(tree, statement, views)


def describe(tree: exp.Expr, statement: Statement, views: Columns) -> list[tuple[str, Any]]:
    """The columns (name, DuckDB type) of a query whose tables are `views`. Changes `tree`. Raises QueryFailure, duckdb.Error."""
    with _typing:
        sql = _translated(tree, statement, views)
        relation = _typing_connection().sql(sql)  # bound, and never run
        return list(zip(relation.columns, relation.types, strict=True))


def _translated(tree: exp.Expr, statement: Statement, views: Columns) -> str:
    functions.check(statement.tokens, tree)
    resolve.check(tree, views)
    _name_outputs(tree)
    functions.rewrite(tree)
    semantics.rewrite(tree, Typist(_typing_connection(), views))
    return tree.sql(DuckDB)


@lru_cache(maxsize=1)
def _typing_connection() -> duckdb.DuckDBPyConnection:
    """The connection that types expressions: one for the process, used by one query at a time, without any data."""
    connection = duckdb.connect(":memory:")
    macros.define(connection)
    return connection


def labels(described: Iterable[str], *, unnamed: bool = False) -> list[str | None]:
    """The names of result columns; None for those without one (`unnamed`: for all), which Athena shows as `_col<position>`."""
    return [None if unnamed or name.startswith(_UNNAMED) else name for name in described]


def _name_outputs(tree: exp.Expr) -> None:
    """Outermost columns keep the case they are written in; a column without a name has none anywhere, also not through a star."""
    outermost = _outermost(tree)
    for query in tree.find_all(exp.Select):
        last = any(query is other for other in outermost)
        for i, projection in enumerate(query.expressions):
            if isinstance(projection, exp.Column) and not projection.is_star:
                if last:
                    projection.replace(exp.alias_(projection.copy(), projection.name, quoted=True))
            elif not isinstance(projection, (exp.Alias, exp.Star, exp.Column)) and (last or _is_source(query)):
                projection.replace(exp.alias_(projection.copy(), f"{_UNNAMED}{i}", quoted=True))


def _is_source(query: exp.Select) -> bool:
    """Whether a query stands in FROM or in WITH, where its columns can be seen by name or star."""
    parent = query.parent
    while isinstance(parent, (exp.SetOperation, exp.Subquery)):
        if isinstance(parent, exp.Subquery) and isinstance(parent.parent, (exp.From, exp.Join)):
            return True
        parent = parent.parent
    return isinstance(parent, exp.CTE)


def _outermost(tree: exp.Expr) -> list[exp.Select]:
    while isinstance(tree, (exp.SetOperation, exp.Subquery)):
        tree = tree.left if isinstance(tree, exp.SetOperation) else tree.this
    return [tree] if isinstance(tree, exp.Select) else []
