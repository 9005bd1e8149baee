"""Columns: a name in WHERE, GROUP BY or HAVING must be a column of what the SELECT reads.

DuckDB also accepts the SELECT's own aliases there, which Trino refuses; a query that works at home must work on AWS. For
each SELECT the columns of its sources are known (views, subqueries, CTEs, UNNEST), and an unqualified name that none of
them has, nor any enclosing SELECT, is COLUMN_NOT_FOUND. A source whose columns cannot be told accepts any name.
"""

from collections.abc import Iterator

from sqlglot import exp

from local.athena.errors import column_not_found
from local.athena.failures import not_supported
from local.athena.typist import Columns

Known = set[str] | None


def check(tree: exp.Expr, views: Columns) -> None:
    """Raise QueryFailure for the first column that Trino would not find."""
    for select in tree.find_all(exp.Select):
        visible = _visible(select, views)
        if visible is None:
            continue
        for column in _own_columns(select):
            if column.name.startswith("$"):
                raise not_supported(f"the hidden column {column.name}")
            if column.name.lower() not in visible:
                raise column_not_found(column.name, exp.Column(this=column.this.copy()))


def _own_columns(select: exp.Select) -> Iterator[exp.Column]:
    for part in ("expressions", "where", "group", "having"):
        value = select.args.get(part)
        for root in value if isinstance(value, list) else [value] if value else []:
            for column in root.find_all(exp.Column):
                if not column.table and column.find_ancestor(exp.Select) is select and not _in_lambda(column) and not column.is_star:
                    yield column


def _in_lambda(column: exp.Column) -> bool:
    return column.find_ancestor(exp.Lambda) is not None


def _visible(select: exp.Select, views: Columns) -> Known:
    names: set[str] = set()
    level: exp.Expr | None = select
    while level is not None:
        if isinstance(level, exp.Select):
            for source in _sources(level):
                found = _columns(source, views)
                if found is None:
                    return None
                names |= found
        level = level.parent
    return names


def _sources(select: exp.Select) -> Iterator[exp.Expr]:
    start = select.args.get("from_")
    if start:
        yield start.this
    for join in [*(select.args.get("joins") or []), *((start.this.args.get("joins") or []) if start else [])]:
        yield join.this


def _columns(source: exp.Expr, views: Columns) -> Known:
    alias = source.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        offset = source.args.get("offset")
        ordinality = {offset.name.lower()} if isinstance(offset, exp.Identifier) else set()
        return ordinality | {column.name.lower() for column in alias.args["columns"]}
    if isinstance(source, exp.Table) and not source.db:
        return {name for name, _ in views[source.name]} if source.name in views else _cte_columns(source, views)
    return _outputs(source.this, views) if isinstance(source, exp.Subquery) else None


def _cte_columns(source: exp.Table, views: Columns) -> Known:
    node: exp.Expr | None = source
    while node is not None:
        listed = node.args.get("with_")
        for cte in listed.expressions if listed else []:
            if cte.alias.lower() == source.name.lower():
                named = cte.args["alias"].args.get("columns")
                if listed is not None and listed.args.get("recursive") and not named:
                    return None
                return {column.name.lower() for column in named} if named else _outputs(cte.this, views)
        node = node.parent
    return None


def _outputs(query: exp.Expr, views: Columns) -> Known:
    if isinstance(query, exp.SetOperation):
        return _outputs(query.left, views)
    if not isinstance(query, exp.Select):
        return None
    names: set[str] = set()
    for projection in query.expressions:
        if projection.is_star:
            starred = [_columns(source, views) for source in _sources(query)]
            if any(found is None for found in starred):
                return None
            names |= set().union(*(found for found in starred if found))
        elif projection.alias_or_name:
            names.add(projection.alias_or_name.lower())
    return names
