"""From the types of a query's columns to an Iceberg schema, as Trino chooses them: every timestamp has microseconds."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from pyiceberg import types as iceberg
from pyiceberg.io.pyarrow import schema_to_pyarrow
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


def arrow(made: Schema) -> pa.Schema:
    """The Arrow schema in which rows of an Iceberg table are written."""
    return pa.schema([(field.name, _small(field.type)) for field in schema_to_pyarrow(made, include_field_ids=False)])


def _small(kind: pa.DataType) -> pa.DataType:
    """pyiceberg describes lists as large ones, and cannot write those."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_small(kind.value_type))
    if pa.types.is_map(kind):
        return pa.map_(_small(kind.key_type), _small(kind.item_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _small(field.type)) for field in kind])
    return {pa.large_string(): pa.string(), pa.large_binary(): pa.binary()}.get(kind, kind)


def _type(kind: Any, numbers: Iterator[int]) -> iceberg.IcebergType:
    if decimal := decimal_of(str(kind)):
        return iceberg.DecimalType(*decimal)
    if kind.id in ("list", "array"):
        return iceberg.ListType(next(numbers), _type(kind.children[0][1], numbers), element_required=False)
    if kind.id == "map":
        (_, key), (_, value) = kind.children
        return iceberg.MapType(next(numbers), _type(key, numbers), next(numbers), _type(value, numbers), value_required=False)
    if kind.id == "struct":
        return iceberg.StructType(*(iceberg.NestedField(next(numbers), name, _type(child, numbers)) for name, child in kind.children))
    found = _PLAIN.get(str(kind).lower())
    if found is None:
        raise QueryFailure("NOT_SUPPORTED", f"Type not supported for Iceberg: {trino_type(kind)}")
    return found
