"""Column types between four worlds: Hive (Glue), Iceberg, DuckDB and Trino (what Athena shows).

DuckDB's own types carry the meaning while a query runs: TIMESTAMP_MS is Trino's timestamp(3) (Hive tables), TIMESTAMP is
timestamp(6) (Iceberg tables). Unsigned and huge integers that DuckDB's functions invent are shown as bigint.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from pyiceberg import types as iceberg

from local.athena.failures import not_supported

_HIVE = {
    "string": "VARCHAR", "varchar": "VARCHAR", "char": "VARCHAR", "boolean": "BOOLEAN", "tinyint": "TINYINT",
    "smallint": "SMALLINT", "int": "INTEGER", "integer": "INTEGER", "bigint": "BIGINT", "float": "FLOAT",
    "real": "FLOAT", "double": "DOUBLE", "date": "DATE", "timestamp": "TIMESTAMP_MS", "binary": "BLOB",
}  # fmt: skip
_ICEBERG: dict[Any, str] = {
    iceberg.StringType: "VARCHAR", iceberg.BooleanType: "BOOLEAN", iceberg.IntegerType: "INTEGER", iceberg.LongType: "BIGINT",
    iceberg.FloatType: "FLOAT", iceberg.DoubleType: "DOUBLE", iceberg.DateType: "DATE", iceberg.TimestampType: "TIMESTAMP",
    iceberg.TimestamptzType: "TIMESTAMP WITH TIME ZONE", iceberg.TimeType: "TIME", iceberg.BinaryType: "BLOB", iceberg.UUIDType: "UUID",
}  # fmt: skip
_SHOWN = {
    "varchar": ("varchar", 2147483647), "boolean": ("boolean", 0), "tinyint": ("tinyint", 3), "smallint": ("smallint", 5),
    "integer": ("integer", 10), "bigint": ("bigint", 19), "hugeint": ("bigint", 19), "utinyint": ("bigint", 19),
    "usmallint": ("bigint", 19), "uinteger": ("bigint", 19), "ubigint": ("bigint", 19), "float": ("float", 17), "double": ("double", 17),
    "date": ("date", 0), "time": ("time", 3), "timestamp": ("timestamp", 3), "timestamp_s": ("timestamp", 3),
    "timestamp_ms": ("timestamp", 3), "timestamp_ns": ("timestamp", 3), "timestamp with time zone": ("timestamp with time zone", 3),
    "blob": ("varbinary", 1073741824), "json": ("json", 0), "list": ("array", 0), "array": ("array", 0), "map": ("map", 0),
    "struct": ("row", 0), "tuple": ("row", 0), "interval": ("interval day to second", 0), "uuid": ("uuid", 0), '"null"': ("unknown", 0),
}  # fmt: skip


@dataclass(frozen=True)
class Text:
    """A text type with a length, in the place of DuckDB's VARCHAR."""

    length: int
    id: str = "varchar"

    def __str__(self) -> str:
        return "VARCHAR"


def with_lengths(kinds: Sequence[Any], lengths: Sequence[int | None]) -> list[Any]:
    """DuckDB types in which texts have the lengths that are known."""
    known = zip_longest(kinds, lengths[: len(kinds)])
    return [Text(length) if length is not None and str(kind) == "VARCHAR" else kind for kind, length in known]


def split_top(text: str, separator: str = ",") -> list[str]:
    """Split a type list at the separators outside <> and (): 'a,map<b,c>' -> ['a', 'map<b,c>']."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter in "<(") - (letter in ">)")
        if letter == separator and not depth:
            parts.append(text[start:i])
            start = i + 1
    return [part.strip() for part in [*parts, text[start:]]]


def from_hive(hive: str) -> str:
    """The DuckDB type of a Hive type such as `array<struct<a:int>>`. Raises QueryFailure for what is not read here."""
    text = hive.strip().lower()
    if match := re.fullmatch(r"decimal(?:\((\d+)(?:,\s*(\d+))?\))?", text):
        return f"DECIMAL({match[1] or 10},{match[2] or 0})"
    if match := re.fullmatch(r"array<(.+)>", text):
        return from_hive(match[1]) + "[]"
    if match := re.fullmatch(r"map<(.+)>", text):
        key, value = split_top(match[1])
        return f"MAP({from_hive(key)}, {from_hive(value)})"
    if match := re.fullmatch(r"struct<(.+)>", text):
        fields = (split_top(field, ":") for field in split_top(match[1]))
        return "STRUCT(" + ", ".join(f'"{name}" {from_hive(kind)}' for name, kind in fields) + ")"
    plain = _HIVE.get(re.sub(r"\(.*", "", text))
    if plain is None:
        raise not_supported(f"a column of type {hive}")
    return plain


def from_iceberg(kind: iceberg.IcebergType) -> str:
    """The DuckDB type of an Iceberg type."""
    if isinstance(kind, iceberg.DecimalType):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if isinstance(kind, iceberg.ListType):
        return from_iceberg(kind.element_type) + "[]"
    if isinstance(kind, iceberg.MapType):
        return f"MAP({from_iceberg(kind.key_type)}, {from_iceberg(kind.value_type)})"
    if isinstance(kind, iceberg.StructType):
        return "STRUCT(" + ", ".join(f'"{field.name}" {from_iceberg(field.field_type)}' for field in kind.fields) + ")"
    plain = _ICEBERG.get(type(kind))
    if plain is None:
        raise not_supported(f"a column of type {kind}")
    return plain


def decimal_of(kind: str) -> tuple[int, int] | None:
    """(precision, scale) of a DuckDB decimal type, else None."""
    match = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind)
    return (int(match[1]), int(match[2])) if match else None


def column_info(name: str, kind: Any) -> dict[str, Any]:
    """Athena's ColumnInfo of a result column of DuckDB type `kind`."""
    if decimal := decimal_of(str(kind)):
        shown, precision, scale = "decimal", *decimal
    else:
        shown, precision = _shown(kind)
        scale = 0
    if isinstance(kind, Text):
        precision = kind.length
    return {
        "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Type": shown,
        "Precision": precision, "Scale": scale, "Nullable": "UNKNOWN", "CaseSensitive": shown == "varchar",
    }  # fmt: skip


def text_column(name: str, length: int = 0) -> dict[str, Any]:
    """ColumnInfo of a column of a utility statement (string, or varchar of a length)."""
    shown = {"Type": "varchar" if length else "string", "Precision": length, "Scale": 0, "CaseSensitive": bool(length)}
    return {"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name, "Nullable": "UNKNOWN", **shown}


def _shown(kind: Any) -> tuple[str, int]:
    text = str(kind).lower()
    shown = _SHOWN.get(text) or _SHOWN.get(getattr(kind, "id", text))
    if shown is None:
        raise not_supported(f"a result column of type {text}")
    return shown
