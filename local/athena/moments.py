"""Time travel: the snapshot that FOR TIMESTAMP AS OF and FOR VERSION AS OF mean.

A version is a snapshot's id (a bigint) or a branch or tag (a text). A moment is a constant expression: it is computed, with
Trino's meaning of its parts, before any table is read.
"""

from datetime import UTC, date, datetime
from typing import Any

import duckdb
from pyiceberg.table import StaticTable
from sqlglot import exp

from local.athena.failures import QueryFailure, not_supported
from local.athena.names import position

_SMALLEST_BIGINT = 1 << 31


def snapshot_id(table: StaticTable, node: exp.Table) -> int | None:
    """The snapshot that `node` asks for, None for the current one. Raises QueryFailure."""
    version = node.args.get("version")
    if version is None:
        return None
    wanted = version.expression
    while isinstance(wanted, exp.Paren):
        wanted = wanted.this
    return _of_version(table, node, wanted) if version.this == "VERSION" else _of_moment(table, node, wanted)


def _of_version(table: StaticTable, node: exp.Table, wanted: exp.Expr) -> int:
    if not isinstance(wanted, exp.Literal):
        raise not_supported("a version that is not a literal")
    if wanted.is_string:
        named = table.metadata.refs.get(str(wanted.this))
        if named is None:
            raise QueryFailure("INVALID_ARGUMENTS", f"Cannot find snapshot with reference name: {wanted.this}", position(node))
        return int(named.snapshot_id)
    if not str(wanted.this).isdigit() or int(wanted.this) < _SMALLEST_BIGINT:
        kind = "integer" if str(wanted.this).isdigit() else "decimal"
        raise QueryFailure("NOT_SUPPORTED", f"Unsupported type for table version: {kind}")
    if table.snapshot_by_id(int(wanted.this)) is None:
        raise QueryFailure("INVALID_ARGUMENTS", f"Iceberg snapshot ID does not exists: {wanted.this}", position(node))
    return int(wanted.this)


def _of_moment(table: StaticTable, node: exp.Table, wanted: exp.Expr) -> int:
    moment = _computed(wanted)
    if moment > datetime.now(UTC):
        raise QueryFailure("INVALID_ARGUMENTS", f"Pointer value '{moment.isoformat(' ')}' is not in the past", position(node))
    snapshot = table.snapshot_as_of_timestamp(int(moment.timestamp() * 1000))
    if snapshot is None:
        name = '"' + '"."'.join(table.name()) + '"'
        raise QueryFailure("INVALID_ARGUMENTS", f"No version history table {name} at or before {moment.isoformat()}", position(node))
    return snapshot.snapshot_id


def _computed(wanted: exp.Expr) -> datetime:
    if any(wanted.find_all(exp.Column, exp.Query)):
        raise not_supported(f"time travel to {wanted.sql('athena')[:60]}")
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("set TimeZone='UTC'")
        value: Any = connection.execute(f"select {wanted.sql('duckdb')}").fetchall()[0][0]
    except duckdb.Error as error:
        raise not_supported(f"time travel to {wanted.sql('athena')[:60]}") from error
    finally:
        connection.close()
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise QueryFailure("NOT_SUPPORTED", f"Unsupported type for table version: {wanted.sql('athena')[:60]}")
