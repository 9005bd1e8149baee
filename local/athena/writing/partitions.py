"""Rows by partition: which rows of a batch belong to which values of the partition columns, and what the folders are called."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from local.athena.failures import QueryFailure
from local.athena.hive import DEFAULT_PARTITION
from local.athena.text import plain

MOST = 100
_ESCAPED = frozenset("\"#%'*/:=?\\\x7f{[]^" + "".join(map(chr, range(1, 32))))
Key = tuple[Any, ...]
Column = tuple[str, str]


def grouped(batch: pa.RecordBatch, keys: list[pa.Array]) -> Iterator[tuple[Key, pa.RecordBatch]]:
    """The rows of `batch` for each combination of values in `keys`, arrays as long as the batch."""
    if not keys:
        yield (), batch
        return
    codes = pa.array([0] * batch.num_rows, pa.int64())
    for key in keys:
        encoded = key.dictionary_encode(null_encoding="encode")
        codes = pc.add(pc.multiply(codes, len(encoded.dictionary)), encoded.indices.cast(pa.int64()))
    for code in pc.unique(codes):
        places = pc.indices_nonzero(pc.equal(codes, code))
        first = places[0].as_py()
        yield tuple(key[first].as_py() for key in keys), batch.take(places)


def split_columns(columns: list[Column], wanted: list[str]) -> tuple[list[Column], list[Column]]:
    """Data columns (name, Hive type) and partition columns, which must be the last. Raises QueryFailure."""
    listed = [name.lower() for name in wanted]
    known = [name for name, _ in columns]
    for name in listed:
        if name not in known:
            raise QueryFailure("INVALID_TABLE_PROPERTY", f"Partition columns [{name}] not present in schema")
    if len(listed) == len(columns):
        raise QueryFailure("INVALID_TABLE_PROPERTY", "Table contains only partition columns")
    data, keys = columns[: len(columns) - len(listed)], columns[len(columns) - len(listed) :]
    if [name for name, _ in keys] != listed:
        text = f"Partition keys must be the last columns in the table and in the same order as the table properties: [{', '.join(listed)}]"
        raise QueryFailure("HIVE_COLUMN_ORDER_MISMATCH", text)
    for name, kind in keys:
        if kind.startswith(("array", "map", "struct", "double", "float", "binary")):
            raise QueryFailure("NOT_SUPPORTED", f"Unsupported type [{kind}] for partition: {name}")
    return data, keys


def folder_name(columns: Sequence[Column], key: Key) -> str:
    """`a=1/b=x/` as Hive writes it."""
    return "".join(f"{name}={_escape(hive_text(value))}/" for (name, _), value in zip(columns, key, strict=True))


def hive_text(value: Any) -> str:
    """The text of a partition value in Glue."""
    if value is None or value == "":
        return DEFAULT_PARTITION
    return value.isoformat(" ") if isinstance(value, datetime) else plain(value)


def _escape(value: str) -> str:
    return "".join(f"%{ord(letter):02X}" if letter in _ESCAPED else letter for letter in value)
