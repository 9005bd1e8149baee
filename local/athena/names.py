"""Which tables a query reads: names resolved as Athena does.

`[catalog.][database.]table` with the context's database as the default, names in any case, CTEs before tables. `tables`
yields the nodes of real tables; `as_view` puts a DuckDB view in a table's place while the query keeps calling it by its
alias or name.
"""

from collections.abc import Iterator

from sqlglot import exp

from local.athena.catalog import CATALOG, Position, TableName
from local.athena.failures import QueryFailure, not_supported


def position(node: exp.Expr) -> Position:
    """(line, column) of the first identifier of `node` in the query text, from 1."""
    known = [part.meta for part in node.find_all(exp.Identifier) if "line" in part.meta]
    if not known:
        return None
    first = min(known, key=lambda meta: int(meta["start"]))
    return first["line"], first["col"] - (first["end"] - first["start"])


def tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """The nodes that name a table of the catalog. Raises QueryFailure for table functions."""
    for node in list(tree.find_all(exp.Table)):
        if not isinstance(node.this, exp.Identifier):
            raise not_supported(f"a table function ({node.this.sql('athena')[:60]})")
        if node.db or not _is_cte(node):
            yield node


def resolve(node: exp.Table, database: str | None) -> tuple[TableName, str | None]:
    """The full name of a table, and which of its metadata tables is meant (`calls$files`: files). Raises QueryFailure."""
    if node.catalog and node.catalog.lower() != CATALOG:
        raise QueryFailure("CATALOG_NOT_FOUND", f"Catalog '{node.catalog.lower()}' does not exist", position(node))
    found = node.db or database
    if not found:
        raise QueryFailure("MISSING_SCHEMA_NAME", "Schema must be specified when session schema is not set", position(node))
    if found.lower() == "information_schema":
        raise not_supported("information_schema: ask SHOW TABLES or DESCRIBE instead")
    table, _, metadata = node.name.lower().partition("$")
    return TableName(found.lower(), table), metadata or None


def as_view(node: exp.Table, view: str) -> None:
    """Make `node` read `view`, under the alias or name it had."""
    if not node.args.get("alias"):
        node.set("alias", exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
    for part in ("db", "catalog", "version"):
        node.set(part, None)
    node.set("this", exp.to_identifier(view, quoted=True))


def shorten_columns(tree: exp.Expr) -> None:
    """Turn `database.table.column` into `table.column`: the database is not known to DuckDB."""
    for column in tree.find_all(exp.Column):
        if column.args.get("db"):
            column.set("db", None)
            column.set("catalog", None)


def _is_cte(node: exp.Table) -> bool:
    name, inside = node.name.lower(), None
    parent = node.parent
    while parent is not None:
        if isinstance(parent, exp.CTE):
            inside = parent
        listed = parent.args.get("with_")
        if listed is not None and name in _visible(listed, inside):
            return True
        parent = parent.parent
    return False


def _visible(listed: exp.With, inside: exp.CTE | None) -> list[str]:
    ctes = listed.expressions
    known = next((i for i, cte in enumerate(ctes) if cte is inside), len(ctes))
    if listed.args.get("recursive"):
        known += 1
    return [cte.alias.lower() for cte in ctes[:known]]
