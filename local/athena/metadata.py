"""Metadata tables: what Iceberg (or Glue, for partitions of Hive tables) knows of a table, asked as `"calls$snapshots"`.

History, snapshots, references, manifests, files and partitions have the columns that Trino gives them, except what it derives
from column bounds (`data` in `$partitions`), which is not here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
from pyiceberg import types as kinds
from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.table import StaticTable
from pyiceberg.table.snapshots import ancestors_of
from pyiceberg.transforms import IdentityTransform
from sqlglot import exp

from local.athena import iceberg, names
from local.athena.catalog import GlueTable
from local.athena.column_types import from_hive, from_iceberg
from local.athena.failures import QueryFailure, not_supported
from local.athena.hive import DEFAULT_PARTITION
from local.athena.lake import LakeIO

Columns = list[tuple[str, str]]
Rows = Iterable[tuple[Any, ...]]
_MOMENT, _COUNTS, _BOUNDS = "TIMESTAMP WITH TIME ZONE", "MAP(INTEGER, BIGINT)", "MAP(INTEGER, VARCHAR)"
_TYPES = {
    "BIGINT": pa.int64(), "INTEGER": pa.int32(), "VARCHAR": pa.string(), "BOOLEAN": pa.bool_(), _MOMENT: pa.timestamp("ms", "UTC"),
    _COUNTS: pa.map_(pa.int32(), pa.int64()), _BOUNDS: pa.map_(pa.int32(), pa.string()), "BLOB": pa.binary(),
    "BIGINT[]": pa.list_(pa.int64()), "INTEGER[]": pa.list_(pa.int32()), "MAP(VARCHAR, VARCHAR)": pa.map_(pa.string(), pa.string()),
}  # fmt: skip


def relation(session: Any, table: GlueTable, node: exp.Table, part: str) -> tuple[Columns, str]:
    """The columns of a metadata table and a DuckDB relation with its rows. Raises QueryFailure."""
    if node.args.get("version"):
        raise not_supported(f"time travel in {node.name}")
    if table.is_iceberg:
        opened = iceberg.open_table(table, LakeIO(session.s3))
        found = _ICEBERG.get(part)
        columns, rows = found(opened) if found else _unknown(table, node)
    elif part == "partitions" and table.partition_keys:
        columns = [(name, from_hive(kind)) for name, kind in table.partition_keys]
        listed = (each["Values"] for each in session.catalog.partitions(table.name))
        rows = [tuple(None if value == DEFAULT_PARTITION else value for value in values) for values in listed]
    else:
        columns, rows = _unknown(table, node)
    name = f"metadata {table.name} {part}"
    session.connection.register(name, _arrow(columns, list(rows), typed=table.is_iceberg))
    projected = ", ".join(f'cast("{column}" as {kind}) as "{column}"' for column, kind in columns)
    return columns, f'select {projected} from "{name}"'


def _unknown(table: GlueTable, node: exp.Table) -> tuple[Columns, Rows]:
    text = f"Table 'awsdatacatalog.{table.name.database}.{node.name}' does not exist"
    raise QueryFailure("TABLE_NOT_FOUND", text, names.position(node))


def _arrow(columns: Columns, rows: list[tuple[Any, ...]], *, typed: bool) -> pa.Table:
    listed = list(zip(*rows, strict=True)) or [()] * len(columns)
    arrays = [pa.array(values, _TYPES.get(kind) if typed else pa.string()) for (_, kind), values in zip(columns, listed, strict=True)]
    return pa.table(arrays, names=[name for name, _ in columns])


def _moment(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)


def _history(table: StaticTable) -> tuple[Columns, Rows]:
    columns = [("made_current_at", _MOMENT), ("snapshot_id", "BIGINT"), ("parent_id", "BIGINT"), ("is_current_ancestor", "BOOLEAN")]
    ancestors = {snapshot.snapshot_id for snapshot in ancestors_of(table.current_snapshot(), table.metadata)}
    parents = {snapshot.snapshot_id: snapshot.parent_snapshot_id for snapshot in table.snapshots()}
    log = table.history()
    return columns, [(_moment(e.timestamp_ms), e.snapshot_id, parents.get(e.snapshot_id), e.snapshot_id in ancestors) for e in log]


def _snapshots(table: StaticTable) -> tuple[Columns, Rows]:
    columns = [
        ("committed_at", _MOMENT), ("snapshot_id", "BIGINT"), ("parent_id", "BIGINT"), ("operation", "VARCHAR"),
        ("manifest_list", "VARCHAR"), ("summary", "MAP(VARCHAR, VARCHAR)"),
    ]  # fmt: skip
    return columns, [
        (
            _moment(each.timestamp_ms), each.snapshot_id, each.parent_snapshot_id, each.summary.operation.value if each.summary else None,
            each.manifest_list, list(each.summary.additional_properties.items()) if each.summary else [],
        )
        for each in table.snapshots()
    ]  # fmt: skip


def _refs(table: StaticTable) -> tuple[Columns, Rows]:
    columns = [
        ("name", "VARCHAR"), ("type", "VARCHAR"), ("snapshot_id", "BIGINT"), ("max_reference_age_in_ms", "BIGINT"),
        ("min_snapshots_to_keep", "INTEGER"), ("max_snapshot_age_in_ms", "BIGINT"),
    ]  # fmt: skip
    return columns, [
        (name, ref.snapshot_ref_type.value.upper(), ref.snapshot_id, ref.max_ref_age_ms, ref.min_snapshots_to_keep, ref.max_snapshot_age_ms)
        for name, ref in table.metadata.refs.items()
    ]


def _manifests(table: StaticTable) -> tuple[Columns, Rows]:
    columns = [
        ("path", "VARCHAR"), ("length", "BIGINT"), ("partition_spec_id", "INTEGER"), ("added_snapshot_id", "BIGINT"),
        ("added_data_files_count", "INTEGER"), ("added_rows_count", "BIGINT"), ("existing_data_files_count", "INTEGER"),
        ("existing_rows_count", "BIGINT"), ("deleted_data_files_count", "INTEGER"), ("deleted_rows_count", "BIGINT"),
    ]  # fmt: skip
    snapshot = table.current_snapshot()
    return columns, [
        (
            each.manifest_path, each.manifest_length, each.partition_spec_id, each.added_snapshot_id, each.added_files_count,
            each.added_rows_count, each.existing_files_count, each.existing_rows_count, each.deleted_files_count, each.deleted_rows_count,
        )
        for each in (snapshot.manifests(table.io) if snapshot else [])
    ]  # fmt: skip


def _data_files(table: StaticTable) -> Iterator[DataFile]:
    snapshot = table.current_snapshot()
    for manifest in snapshot.manifests(table.io) if snapshot else []:
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            yield entry.data_file


def _files(table: StaticTable) -> tuple[Columns, Rows]:
    columns = [
        ("content", "INTEGER"), ("file_path", "VARCHAR"), ("file_format", "VARCHAR"), ("record_count", "BIGINT"),
        ("file_size_in_bytes", "BIGINT"), ("column_sizes", _COUNTS), ("value_counts", _COUNTS), ("null_value_counts", _COUNTS),
        ("nan_value_counts", _COUNTS), ("lower_bounds", _BOUNDS), ("upper_bounds", _BOUNDS), ("key_metadata", "BLOB"),
        ("split_offsets", "BIGINT[]"), ("equality_ids", "INTEGER[]"),
    ]  # fmt: skip
    return columns, [
        (
            int(f.content), f.file_path, f.file_format.value, f.record_count, f.file_size_in_bytes, _pairs(f.column_sizes),
            _pairs(f.value_counts), _pairs(f.null_value_counts), _pairs(f.nan_value_counts), _bounds(table, f.lower_bounds),
            _bounds(table, f.upper_bounds), f.key_metadata, f.split_offsets, f.equality_ids,
        )
        for f in _data_files(table)
    ]  # fmt: skip


def _pairs(counts: dict[int, int] | None) -> list[tuple[int, int]] | None:
    return None if counts is None else list(counts.items())


def _bounds(table: StaticTable, bounds: dict[int, bytes] | None) -> list[tuple[int, str]] | None:
    if bounds is None:
        return None
    typed = ((number, table.schema().find_type(number), raw) for number, raw in bounds.items() if table.schema().find_column_name(number))
    return [(number, _readable(kind, from_bytes(kind, raw))) for number, kind, raw in typed if isinstance(kind, kinds.PrimitiveType)]


_readable: Callable[[kinds.IcebergType, Any], str] = IdentityTransform().to_human_string


def _partitions(table: StaticTable) -> tuple[Columns, Rows]:
    fields = table.spec().partition_type(table.schema()).fields
    totals: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for file in _data_files(table):
        key = tuple(_value(file.partition[i], field.field_type) for i, field in enumerate(fields))
        total = totals[key]
        total[:] = [total[0] + file.record_count, total[1] + 1, total[2] + file.file_size_in_bytes]
    columns = [("record_count", "BIGINT"), ("file_count", "BIGINT"), ("total_size", "BIGINT")]
    if not fields:
        return columns, [tuple(total) for total in totals.values()]
    row = ", ".join(f'"{field.name}" {from_iceberg(field.field_type)}' for field in fields)
    named = [field.name for field in fields]
    return [("partition", f"STRUCT({row})"), *columns], [(dict(zip(named, key, strict=True)), *total) for key, total in totals.items()]


def _value(value: Any, kind: kinds.IcebergType) -> Any:
    if isinstance(kind, kinds.DateType) and isinstance(value, int):
        return date(1970, 1, 1) + timedelta(days=value)
    if isinstance(kind, kinds.TimestampType) and isinstance(value, int):
        return datetime(1970, 1, 1) + timedelta(microseconds=value)
    return value


_ICEBERG: dict[str, Callable[[StaticTable], tuple[Columns, Rows]]] = {
    "history": _history, "snapshots": _snapshots, "refs": _refs, "manifests": _manifests, "files": _files, "partitions": _partitions,
}  # fmt: skip
