"""What type an expression has: DuckDB's own binder is asked, on empty tables.

Trino's meaning of `a / b`, `sum(x)` or `x = '1'` depends on types, which the text does not show. Before the real run the
expressions in question are described as extra columns of their SELECT on a second connection, where every table is empty
but has the right columns. Nothing is read for it. What cannot be described so (in lambdas, in correlated subqueries) has
the type None.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

import duckdb
from sqlglot import exp
from sqlglot.dialects import DuckDB

Columns = dict[str, list[tuple[str, str]]]
Typed = tuple[exp.Expr, str | None]


class Typist:
    """Types of expressions of one query, whose tables are `views` (name -> columns)."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, views: Columns) -> None:
        self._connection = connection
        self._texts: dict[int, str] = {}
        for name, columns in views.items():
            described = ", ".join(f'"{column}" {kind}' for column, kind in columns)
            connection.execute(f'create or replace table "{name}" ({described})')

    def types(self, nodes: Sequence[exp.Expr], select: exp.Select | None) -> list[str | None]:
        """DuckDB types of `nodes`, which stand in `select` (None: in no SELECT)."""
        inner = [node for node in nodes if _before_grouping(node, select)]
        outer = [node for node in nodes if not any(node is other for other in inner)]
        known = {id(node): kind for node, kind in self._typed(inner, select, grouped=False)}
        known |= {id(node): kind for node, kind in self._typed(outer, select, grouped=True)}
        return [known[id(node)] for node in nodes]

    def columns(self, query: exp.Expr) -> list[str]:
        """Types of a query's columns; empty if they cannot be told."""
        return self._bound(self._prefix(query) + query.sql(DuckDB)) or []

    def _typed(self, nodes: list[exp.Expr], select: exp.Select | None, *, grouped: bool) -> Iterator[Typed]:
        if not nodes:
            return
        prefix = self._prefix(select)
        found = self._bound(prefix + _probe(nodes, select, grouped=grouped))
        if found is None and grouped:
            found = self._bound(prefix + _probe([_ungrouped(node) for node in nodes], select, grouped=False))
        if found is None and len(nodes) > 1:
            for node in nodes:
                yield from self._typed([node], select, grouped=grouped)
        else:
            yield from zip(nodes, found[-len(nodes) :] if found else [None] * len(nodes), strict=True)

    def _prefix(self, select: exp.Expr | None) -> str:
        """The WITH queries that `select` can see. They were rewritten before it (see `scopes`), so their text stays."""
        ctes = [cte for listed in _withs(select) for cte in listed.expressions]
        texts = [self._texts.get(id(cte)) or self._texts.setdefault(id(cte), cte.sql(DuckDB)) for cte in ctes]
        return f"with recursive {', '.join(texts)} " if texts else ""

    def _bound(self, sql: str) -> list[str] | None:
        """The types of a query's columns; None if DuckDB cannot bind it. It is never run."""
        try:
            return [str(kind) for kind in self._connection.sql(sql).types]
        except duckdb.Error:
            return None


def scopes(query: exp.Expr) -> Iterator[exp.Select]:
    """Every SELECT of a query, each after those it reads from."""
    listed = query.args.get("with_")
    for cte in listed.expressions if listed else []:
        yield from scopes(cte.this)
    for inner in _nested(query):
        yield from scopes(inner)
    if isinstance(query, exp.Select):
        yield query


def _nested(node: exp.Expr) -> Iterator[exp.Expr]:
    for child in node.iter_expressions():
        if isinstance(child, exp.With):
            continue
        if isinstance(child, exp.Query) and not isinstance(child, exp.Subquery):
            yield child
        else:
            yield from _nested(child)


def _before_grouping(node: exp.Expr, select: exp.Select | None) -> bool:
    child, parent = node, node.parent
    while parent is not None and child is not select:
        if isinstance(parent, (exp.Where, exp.Join, exp.Group, exp.From, exp.Lateral, exp.Unnest)):
            return True
        if isinstance(parent, exp.AggFunc) and not isinstance(parent.parent, exp.Window):
            return True
        child, parent = parent, parent.parent
    return False


def _ungrouped(node: exp.Expr) -> exp.Expr:
    """The node with every column outside aggregates replaced by any_value(column): the same type, and no GROUP BY needed.

    Needed while an expression is rewritten in the select list already and in GROUP BY not yet.
    """
    root = exp.Paren(this=node.copy())
    for column in list(root.find_all(exp.Column)):
        if column.find_ancestor(exp.AggFunc) is None:
            column.replace(exp.AnyValue(this=column.copy()))
    return root


def _probe(nodes: list[exp.Expr], select: exp.Select | None, *, grouped: bool) -> str:
    probes = [exp.alias_(node.copy(), f"probe{i}", quoted=True) for i, node in enumerate(nodes)]
    probe = exp.Select(expressions=probes)
    if select is not None:
        for part in ("from_", "joins", *(("group",) if grouped else ())):
            _copy_part(select, probe, part)
        if grouped and select.args.get("group"):
            kept = [exp.alias_(e.unalias().copy(), f"kept{i}") if not e.is_star else e.copy() for i, e in enumerate(select.expressions)]
            probe.set("expressions", [*kept, *probes])
    return probe.sql(DuckDB)


def _copy_part(select: exp.Select, probe: exp.Select, part: str) -> None:
    value = select.args.get(part)
    if isinstance(value, list):
        probe.set(part, [item.copy() for item in value])
    elif value is not None:
        probe.set(part, value.copy())


def _withs(select: exp.Expr | None) -> list[exp.With]:
    found: list[exp.With] = []
    node: exp.Expr | None = select
    while node is not None:
        listed = node.args.get("with_")
        if listed is not None:
            found.insert(0, listed)
        elif isinstance(node, exp.With):
            before = exp.With(expressions=[])
            before.args["expressions"] = list(takewhile(lambda cte: not _inside(select, cte), node.expressions))
            found.insert(0, before)
        node = node.parent
    return [listed for listed in found if not any(_inside(select, cte) for cte in listed.expressions)]


def _inside(node: exp.Expr | None, holder: exp.Expr) -> bool:
    while node is not None:
        if node is holder:
            return True
        node = node.parent
    return False
