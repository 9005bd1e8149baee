"""Writing Iceberg tables: data files by pyiceberg, one atomic commit through the caller's Glue.

Partitions by value, year, month, day and hour are written; buckets and truncation are refused. A commit says which version of
the table it changes, so of two at once one comes second, and an append does it again on the new version.
"""

import itertools
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from botocore.exceptions import ClientError
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import write_file
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionField, PartitionFieldValue, PartitionKey, PartitionSpec, partition_record_value
from pyiceberg.schema import Schema
from pyiceberg.table import Table, Transaction, WriteTask
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.transforms import DayTransform, HourTransform, IdentityTransform, MonthTransform, Transform, YearTransform

from local.athena.catalog import TableName, catalog_failure
from local.athena.failures import QueryFailure, not_supported
from local.athena.job import Job
from local.athena.writing.lake_writer import LakeWriter
from local.athena.writing.partitions import MOST, Key, grouped

_TRANSFORMS: dict[str, Transform[Any, Any]] = {
    "identity": IdentityTransform(), "year": YearTransform(), "month": MonthTransform(), "day": DayTransform(), "hour": HourTransform(),
}  # fmt: skip
_TERM = re.compile(r"(?:(\w+)\s*\()?\s*\"?(\w+)\"?\s*(?:,\s*\d+\s*)?\)?")
_FIRST_FIELD = 1000
RETRIES = 4


class CallersCatalog(GlueCatalog):
    """Glue and S3 as the caller of a statement."""

    def __init__(self, job: Job) -> None:
        super().__init__("athena", client=job.caller.glue)
        self._io = LakeWriter(job.caller.s3, job.terms.encryption)

    def _load_file_io(self, properties: dict[str, str] | None = None, location: str | None = None) -> FileIO:  # noqa: ARG002
        return self._io


def spec(terms: list[str], schema: Schema) -> PartitionSpec:
    """The partition spec of `partitioning = ARRAY[…]`. Raises QueryFailure."""
    fields: list[PartitionField] = []
    for place, term in enumerate(terms):
        match = _TERM.fullmatch(term.strip())
        transform, column = (match[1] or "identity").lower() if match else "", match[2].lower() if match else term
        if transform not in _TRANSFORMS:
            raise not_supported(f"the partitioning {term}")
        if column not in schema.column_names:
            raise QueryFailure("INVALID_TABLE_PROPERTY", f"Unable to parse partitioning value: Unknown column: {column}")
        kind, made = schema.find_type(column), _TRANSFORMS[transform]
        if not made.can_transform(kind):
            raise QueryFailure(
                "INVALID_TABLE_PROPERTY", f"Unable to parse partitioning value: Invalid partition: {term} of a column of type {kind}"
            )
        if schema.find_field(column).field_id in (known.source_id for known in fields):
            raise not_supported(f"partitioning twice by {column}")
        name = column if transform == "identity" else f"{column}_{transform}"
        fields.append(PartitionField(schema.find_field(column).field_id, _FIRST_FIELD + place, made, name))
    return PartitionSpec(*fields)


def create(job: Job, name: TableName, made: tuple[Schema, PartitionSpec, dict[str, str]], batches: Iterable[pa.RecordBatch]) -> int:
    """Make a table with these rows, in one step; returns their number. Raises QueryFailure."""
    schema, partitioning, properties = made
    location = properties.pop("location")
    try:
        transaction = CallersCatalog(job).create_table_transaction(
            (name.database, name.table), schema, location=location, partition_spec=partitioning, properties=properties
        )
        rows, files = _write(transaction.table_metadata, transaction._table.io, batches)
        job.session.go_on()
        _commit(transaction, files)
    except ClientError as error:
        raise catalog_failure(error, name.database, None) from error
    return rows


def append(job: Job, name: TableName, batches: Iterable[pa.RecordBatch]) -> int:
    """Add rows to a table; returns their number. Commits again, up to 4 times, when another commit came first. Raises QueryFailure."""
    try:
        table = load(job, name)
        rows, files = _write(table.metadata, table.io, batches)
        for last in (False,) * RETRIES + (True,):
            job.session.go_on()
            try:
                _commit(load(job, name).transaction(), files)
                return rows
            except CommitFailedException as error:
                if last:
                    raise QueryFailure("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update to table: {name}") from error
    except ClientError as error:
        raise catalog_failure(error, name.database, None) from error
    return rows


def load(job: Job, name: TableName) -> Table:
    """The table, for the caller to write. Raises ClientError."""
    return CallersCatalog(job).load_table((name.database, name.table))


def _write(metadata: TableMetadata, io: FileIO, batches: Iterable[pa.RecordBatch]) -> tuple[int, list[DataFile]]:
    rows, parts = 0, defaultdict(list)
    schema, partitioning = metadata.schema(), metadata.spec()
    for batch in batches:
        rows += batch.num_rows
        keys = [_representative(batch.column(schema.find_column_name(f.source_id)), f) for f in partitioning.fields]
        for key, part in grouped(batch, keys) if batch.num_rows else ():
            parts[key].append(part)
            if len(parts) > MOST:
                raise QueryFailure("ICEBERG_TOO_MANY_OPEN_PARTITIONS", f"Exceeded limit of {MOST} open writers for partitions")
    return rows, list(_written(metadata, io, parts))


def _commit(transaction: Transaction, files: list[DataFile]) -> None:
    with transaction:
        if files:
            with transaction.update_snapshot().fast_append() as snapshot:
                for file in files:
                    snapshot.append_data_file(file)


def _written(metadata: TableMetadata, io: FileIO, parts: dict[Key, list[pa.RecordBatch]]) -> Iterator[DataFile]:
    load_id, numbers = uuid.uuid4(), itertools.count()
    schema, partitioning = metadata.schema(), metadata.spec()
    for key, batches in parts.items():
        values = [
            PartitionFieldValue(field, _transformed(field, value, schema)) for field, value in zip(partitioning.fields, key, strict=True)
        ]
        place = PartitionKey(values, partitioning, schema) if values else None
        task = WriteTask(write_uuid=load_id, task_id=next(numbers), schema=schema, record_batches=batches, partition_key=place)
        yield from write_file(io, metadata, iter([task]))


def _representative(values: pa.Array, field: PartitionField) -> pa.Array:
    """For each value one that lies in the same partition, the same for the whole partition."""
    transform = str(field.transform)
    if transform == "identity":
        return values
    if transform not in _TRANSFORMS:
        raise not_supported(f"writing to a table that is partitioned by {field.name} ({transform})")
    return pc.floor_temporal(values, unit=transform)


def _transformed(field: PartitionField, value: Any, schema: Schema) -> Any:
    inner = partition_record_value(field, value, schema)
    return field.transform.transform(schema.find_field(field.source_id).field_type)(inner)
