"""Words about types that the translation shares: families of DuckDB types, and their Trino names."""

import re

INTEGERS = {
    "TINYINT": (3, 0), "SMALLINT": (5, 0), "INTEGER": (10, 0), "BIGINT": (19, 0), "HUGEINT": (38, 0),
    "UTINYINT": (3, 0), "USMALLINT": (5, 0), "UINTEGER": (10, 0), "UBIGINT": (20, 0),
}  # fmt: skip
_FAMILIES = {"VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date", "INTERVAL": "interval", "BLOB": "bytes", '"NULL"': "unknown"}
_NAMES = {"FLOAT": "real", "HUGEINT": "bigint", "UBIGINT": "bigint", "TIMESTAMP_MS": "timestamp(3)", "TIMESTAMP_S": "timestamp(0)",
          "TIMESTAMP": "timestamp(6)", "BLOB": "varbinary", '"NULL"': "unknown"}  # fmt: skip


def is_decimal(kind: str) -> bool:
    """Whether a DuckDB type is a decimal."""
    return kind.startswith("DECIMAL(") and kind.endswith(")")


def is_float(kind: str) -> bool:
    """Whether a DuckDB type is real or double."""
    return kind in ("FLOAT", "DOUBLE")


def family(kind: str) -> str:
    """number, text, boolean, date, timestamp, interval, bytes, unknown (null) or other."""
    if kind in INTEGERS or is_float(kind) or is_decimal(kind):
        return "number"
    if re.fullmatch(r"TIMESTAMP(_\w+)?", kind):
        return "timestamp"
    return _FAMILIES.get(kind, "other")


def in_trino(kind: str) -> str:
    """A DuckDB type under its Trino name."""
    if kind.endswith("[]"):
        return f"array({in_trino(kind[:-2])})"
    return _NAMES.get(kind, kind.lower())
