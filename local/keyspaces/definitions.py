"""CQL for what the control plane and CloudFormation define: names and types are checked and quoted, never pasted."""

import re
from typing import Any

from local.keyspaces.errors import Invalid
from local.keyspaces.store import Table

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_]{0,47}")
_NUMBERS = "bigint|counter|decimal|double|float|int|smallint|tinyint|varint"
_SCALAR = f"{_NUMBERS}|ascii|blob|boolean|date|inet|text|time|timestamp|timeuuid|uuid|varchar"
TYPE = re.compile(rf"({_SCALAR}|(frozen|list|set|map|tuple)<[a-z<>, ]+>)", re.IGNORECASE)
MOST_NAMED = 48
Columns = list[dict[str, str]]


def name(given: Any, *, of: str) -> str:
    """A name as Keyspaces takes it. Raises Invalid for others."""
    if not isinstance(given, str) or not NAME.fullmatch(given):
        raise Invalid(f"{given!r} is no name of a {of}: letters, digits and underscores, at most {MOST_NAMED}, no underscore first")
    if of == "keyspace" and given.lower().startswith("system"):
        raise Invalid(f"{given!r} is a name that Keyspaces keeps for itself")
    return given


def create_keyspace(keyspace: str) -> str:
    """The statement that makes a keyspace."""
    return f"CREATE KEYSPACE {_quoted(keyspace)} WITH replication = {{'class': 'SingleRegionStrategy'}}"


def create_table(table: Table, *, schema: dict[str, Any]) -> str:
    """The statement that makes a table of a `schemaDefinition`."""
    kinds = {column["name"]: column["type"] for column in schema.get("allColumns") or []}
    partition = [key["name"] for key in schema.get("partitionKeys") or []]
    clustering = schema.get("clusteringKeys") or []
    static = {column["name"] for column in schema.get("staticColumns") or []}
    keys = partition + [key["name"] for key in clustering]
    if not partition or any(key not in kinds for key in [*keys, *static]):
        raise Invalid("schemaDefinition: at least one partition key; every key and static column stands in allColumns with its type")
    columns = [f"{_quoted(column)} {_type(kind)}{' STATIC' if column in static else ''}" for column, kind in kinds.items()]
    primary = ", ".join([f"({', '.join(map(_quoted, partition))})", *(_quoted(key["name"]) for key in clustering)])
    options = [f"default_time_to_live = {int(table.default_ttl)}", f"comment = {_text(table.comment)}"]
    if clustering:
        orders = ", ".join(f"{_quoted(key['name'])} {_order(key.get('orderBy', 'ASC'))}" for key in clustering)
        options.insert(0, f"CLUSTERING ORDER BY ({orders})")
    where = f"{_quoted(table.keyspace)}.{_quoted(table.name)}"
    return f"CREATE TABLE {where} ({', '.join(columns)}, PRIMARY KEY ({primary})) WITH {' AND '.join(options)}"


def add_columns(keyspace: str, table: str, *, columns: Columns) -> str:
    """The statement that adds columns to a table."""
    added = ", ".join(f"{_quoted(column['name'])} {_type(column['type'])}" for column in columns)
    return f"ALTER TABLE {_quoted(keyspace)}.{_quoted(table)} ADD ({added})"


def set_default_ttl(keyspace: str, table: str, *, seconds: int) -> str:
    """The statement that sets how long rows live."""
    return f"ALTER TABLE {_quoted(keyspace)}.{_quoted(table)} WITH default_time_to_live = {int(seconds)}"


def drop_table(keyspace: str, table: str) -> str:
    """The statement that deletes a table."""
    return f"DROP TABLE {_quoted(keyspace)}.{_quoted(table)}"


def drop_keyspace(keyspace: str) -> str:
    """The statement that deletes a keyspace."""
    return f"DROP KEYSPACE {_quoted(keyspace)}"


def schema_definition(found: dict[str, Any]) -> dict[str, Any]:
    """Cassandra's columns as a `schemaDefinition`."""
    groups = [found[group] for group in ("partition", "clustering", "static", "regular")]
    return {
        "allColumns": [{"name": column, "type": kind} for group in groups for column, kind, _ in group],
        "partitionKeys": [{"name": column} for column, _, _ in found["partition"]],
        "clusteringKeys": [{"name": column, "orderBy": order} for column, _, order in found["clustering"]],
        "staticColumns": [{"name": column} for column, _, _ in found["static"]],
    }


def _quoted(identifier: str) -> str:
    return '"' + name(identifier, of="column").replace('"', '""') + '"'


def _type(given: str) -> str:
    if not TYPE.fullmatch(given.strip()):
        raise Invalid(f"{given!r} is no type of a column that the local home knows")
    return given.strip()


def _order(given: str) -> str:
    if given not in ("ASC", "DESC"):
        raise Invalid(f"orderBy is ASC or DESC, not {given}")
    return given


def _text(given: str) -> str:
    return "'" + given.replace("'", "''") + "'"
