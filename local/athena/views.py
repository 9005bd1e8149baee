"""Views that Athena made: their text in Glue, and the query that stands in their place.

Glue keeps a view as JSON in base64 between `/* Presto View: ` and ` */`. A view is read with its reader's rights, tables and
all. Views of other engines are refused.
"""

import base64
import json
from typing import Any

from sqlglot import exp

from local.athena import functions, names
from local.athena.catalog import Catalog, GlueTable, TableName
from local.athena.failures import QueryFailure, Refusal, not_supported
from local.athena.query import parse_query

_BEFORE, _AFTER = "/* Presto View: ", " */"
DEEPEST = 20


def expand(tree: exp.Expr, catalog: Catalog, database: str | None) -> None:
    """Put its query in the place of every view that `tree` names, and so on within. Raises QueryFailure."""
    for _ in range(DEEPEST):
        found = [(node, table) for node, table in _tables(tree, catalog, database) if table.is_view]
        if not found:
            return
        for node, table in found:
            node.replace(_subquery(node, table))
    raise QueryFailure("VIEW_IS_RECURSIVE", f"Statement holds views within views more than {DEEPEST} deep")


def encoded(name: TableName, text: str, columns: list[tuple[str, str]]) -> str:
    """What Glue keeps of a view with these columns (name, Trino type)."""
    listed = [{"name": column, "type": kind} for column, kind in columns]
    body = {"originalSql": text, "catalog": "awsdatacatalog", "schema": name.database, "columns": listed}
    return _BEFORE + base64.b64encode(json.dumps(body).encode()).decode() + _AFTER


def decoded(table: GlueTable) -> dict[str, Any]:
    """The view as Athena wrote it. Raises QueryFailure for a view of another engine."""
    text = str(table.definition.get("ViewOriginalText") or "")
    if not text.startswith(_BEFORE) or not text.endswith(_AFTER):
        raise not_supported(f"the view {table.name}, which was not made by Athena")
    found: dict[str, Any] = json.loads(base64.b64decode(text[len(_BEFORE) : -len(_AFTER)]))
    return found


def _tables(tree: exp.Expr, catalog: Catalog, database: str | None) -> list[tuple[exp.Table, GlueTable]]:
    found = []
    for node in names.tables(tree):
        name, metadata = names.resolve(node, database)
        if metadata is None:
            found.append((node, catalog.table(name, names.position(node))))
    return found


def _subquery(node: exp.Table, table: GlueTable) -> exp.Subquery:
    if node.args.get("version"):
        raise QueryFailure("NOT_SUPPORTED", "Querying views with version is not supported", names.position(node))
    view = decoded(table)
    tree = _query(view, table.name)
    alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
    if not alias.args.get("columns"):
        alias.set("columns", [exp.to_identifier(column["name"], quoted=True) for column in view["columns"]])
    inner = exp.Subquery(this=tree, alias=alias.copy())
    for join in node.args.get("joins") or []:
        inner.append("joins", join.copy())
    return inner


def _query(view: dict[str, Any], name: TableName) -> exp.Expr:
    try:
        tree, tokens = parse_query(view["originalSql"], view["originalSql"])
    except Refusal as refusal:
        raise QueryFailure("INVALID_VIEW", f"Failed parsing stored view '{name}': {refusal.message}") from None
    functions.check(tokens, tree)
    for node in names.tables(tree):
        if not node.db:
            node.set("db", exp.to_identifier(view.get("schema") or name.database, quoted=True))
    for identifier in tree.find_all(exp.Identifier):  # an error points into the statement, not into the view's text
        identifier.meta.clear()
    return tree
