"""From the types of a query's columns to an Iceberg schema, as Trino chooses them: every timestamp has microseconds."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from pyiceberg import types as iceberg
from pyiceberg.schema import Schema

from local.athena.column_types import decimal_of
from local.athena.failures import QueryFailure
from local.athena.writing.shape import Column, trino_type

_PLAIN: dict[str, iceberg.IcebergType] = {
    "varchar": iceberg.StringType(), "boolean": iceberg.BooleanType(), "integer": iceberg.IntegerType(), "bigint": iceberg.LongType(),
    "hugeint": iceberg.LongType(), "ubigint": iceberg.LongType(), "float": iceberg.FloatType(), "double": iceberg.DoubleType(),
    "date": iceberg.DateType(), "blob": iceberg.BinaryType(), "timestamp_s": iceberg.TimestampType(),
    "timestamp_ms": iceberg.TimestampType(), "timestamp": iceberg.TimestampType(),
    "timestamp with time zone": iceberg.TimestamptzType(),
}  # fmt: skip


def schema(columns: Sequence[Column]) -> Schema:
    """The schema of a new table. Raises QueryFailure for a type that Iceberg does not have."""
    numbers = itertools.count(1)
    fields = [iceberg.NestedField(next(numbers), name, _type(kind, numbers)) for name, kind in columns]
    return Schema(*fields)


def _type(kind: Any, numbers: Iterator[int]) -> iceberg.IcebergType:
    if decimal := decimal_of(str(kind)):
        return iceberg.DecimalType(*decimal)
    if kind.id in ("list", "array"):
        return iceberg.ListType(next(numbers), _type(kind.children[0][1], numbers))
    if kind.id == "map":
        (_, key), (_, value) = kind.children
        return iceberg.MapType(next(numbers), _type(key, numbers), next(numbers), _type(value, numbers))
    if kind.id == "struct":
        return iceberg.StructType(*(iceberg.NestedField(next(numbers), name, _type(child, numbers)) for name, child in kind.children))
    found = _PLAIN.get(str(kind).lower())
    if found is None:
        raise QueryFailure("NOT_SUPPORTED", f"Type not supported for Iceberg: {trino_type(kind)}")
    return found
