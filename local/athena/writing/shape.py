"""The columns that a statement writes: their names, and their types in Hive, in Iceberg and in Arrow.

Types are checked as Trino checks them: a Hive table keeps milliseconds and no time zone, an Iceberg table keeps
microseconds.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from local.athena.column_types import Text, decimal_of, split_top
from local.athena.failures import QueryFailure

Column = tuple[str, Any]
LONGEST = 65535
_HIVE = {
    "varchar": "string", "boolean": "boolean", "tinyint": "tinyint", "smallint": "smallint", "integer": "int", "bigint": "bigint",
    "hugeint": "bigint", "ubigint": "bigint", "float": "float", "double": "double", "date": "date", "blob": "binary",
    "timestamp_s": "timestamp", "timestamp_ms": "timestamp",
}  # fmt: skip
_TRINO = {
    "varchar": "varchar", "float": "real", "blob": "varbinary", "hugeint": "bigint", "ubigint": "bigint", "timestamp_s": "timestamp(0)",
    "timestamp_ms": "timestamp(3)", "timestamp": "timestamp(6)", "timestamp_ns": "timestamp(9)", "interval": "interval day to second",
    "timestamp with time zone": "timestamp(3) with time zone", "time": "time(0)", "json": "json", '"null"': "unknown",
}  # fmt: skip
_ARROW = {
    "string": pa.string(), "boolean": pa.bool_(), "tinyint": pa.int8(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(),
    "float": pa.float32(), "double": pa.float64(), "date": pa.date32(), "binary": pa.binary(), "timestamp": pa.timestamp("ms"),
}  # fmt: skip


def named(columns: Sequence[tuple[str | None, Any]]) -> list[Column]:
    """Columns under lower-case names. Raises QueryFailure for one without a name, without a type or named twice."""
    found: list[Column] = []
    for place, (name, kind) in enumerate(columns, 1):
        if name is None:
            raise QueryFailure("MISSING_COLUMN_NAME", f"Column name not specified at position {place}", (1, 1))
        if trino_type(kind) == "unknown":
            raise QueryFailure("COLUMN_TYPE_UNKNOWN", f"Column type is unknown at position {place}", (1, 1))
        if name.lower() in (known for known, _ in found):
            raise QueryFailure("DUPLICATE_COLUMN_NAME", f"Column name '{name.lower()}' specified more than once", (1, 1))
        found.append((name.lower(), kind))
    return found


def trino_type(kind: Any) -> str:
    """The Trino name of a DuckDB type."""
    if isinstance(kind, Text):
        return f"varchar({kind.length})"
    if decimal := decimal_of(str(kind)):
        return f"decimal({decimal[0]},{decimal[1]})"
    if kind.id in ("list", "array"):
        return f"array({trino_type(kind.children[0][1])})"
    if kind.id == "map":
        (_, key), (_, value) = kind.children
        return f"map({trino_type(key)}, {trino_type(value)})"
    if kind.id == "struct":
        return "row(" + ", ".join(f"{name} {trino_type(child)}" for name, child in kind.children) + ")"
    return _TRINO.get(str(kind).lower(), str(kind).lower())


def hive_type(name: str, kind: Any) -> str:
    """The Hive type of a column of a DuckDB type. Raises QueryFailure."""
    if isinstance(kind, Text):
        return f"varchar({max(1, kind.length)})" if kind.length <= LONGEST else "string"
    if decimal := decimal_of(str(kind)):
        return f"decimal({decimal[0]},{decimal[1]})"
    if kind.id in ("list", "array"):
        return f"array<{hive_type(name, kind.children[0][1])}>"
    if kind.id == "map":
        (_, key), (_, value) = kind.children
        return f"map<{hive_type(name, key)},{hive_type(name, value)}>"
    if kind.id == "struct":
        return "struct<" + ",".join(f"{field}:{hive_type(name, child)}" for field, child in kind.children) + ">"
    found = _HIVE.get(str(kind).lower())
    if found is None and trino_type(kind) in ("timestamp(6)", "timestamp(9)"):
        wanted = "the configured precision is MILLISECONDS"
        raise QueryFailure("NOT_SUPPORTED", f"Incorrect timestamp precision for {trino_type(kind)}; {wanted}; column name: {name}")
    if found is None:
        raise QueryFailure("NOT_SUPPORTED", f"Unsupported Hive type: {trino_type(kind)}")
    return found


def arrow(columns: Sequence[tuple[str, str]]) -> pa.Schema:
    """The Arrow schema in which columns (name, Hive type) are written."""
    return pa.schema([(name, arrow_type(kind)) for name, kind in columns])


def arrow_type(hive: str) -> pa.DataType:
    """The Arrow type in which a column of a Hive type is written."""
    if hive.startswith("decimal("):
        precision, scale = hive[8:-1].split(",")
        return pa.decimal128(int(precision), int(scale))
    outer, _, inner = hive.removesuffix(">").partition("<")
    parts = split_top(inner) if inner else []
    match outer:
        case "array":
            return pa.list_(arrow_type(inner))
        case "map":
            return pa.map_(arrow_type(parts[0]), arrow_type(parts[1]))
        case "struct":
            fields = (split_top(part, ":") for part in parts)
            return pa.struct([(name, arrow_type(kind)) for name, kind in fields])
    return _ARROW["string" if outer.startswith(("varchar", "char")) else outer]
