"""CREATE TABLE AS: a new Hive or Iceberg table with the rows of a query.

Everything that can be refused is refused before a row is read: a table or files that are there already, properties, column
names and types. The table appears when its files are complete.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from local.athena import engine, names
from local.athena.catalog import TableName
from local.athena.engine import Answer
from local.athena.failures import QueryFailure
from local.athena.job import Job
from local.athena.writing import hive_table, iceberg_table, iceberg_types, shape, wishes
from local.athena.writing.counted import counted
from local.athena.writing.files import Files, folder, has_objects
from local.athena.writing.formats import Format, chosen
from local.athena.writing.partitions import Key, folder_name, hive_text, split_columns
from local.athena.writing.writers import Writers, cast

_ICEBERG_CODECS = {"gzip": "gzip", "snappy": "snappy", "zstd": "zstd", "none": "uncompressed"}


@dataclass(frozen=True)
class New:
    """The table to be made, and the query of its rows, if it is to have any."""

    name: TableName
    location: str
    columns: list[shape.Column]
    wishes: wishes.Wishes
    query: engine.Plan | None

    def batches(self, job: Job) -> Iterable[pa.RecordBatch]:
        """The rows."""
        return engine.batches(job.session, self.query) if self.query else ()


def run(job: Job) -> Answer:
    """Run a CREATE TABLE AS. Raises QueryFailure."""
    name, _ = names.resolve(job.target, job.session.database)
    if job.session.catalog.find(name) is not None:
        if "if not exists" in job.statement.flags:
            return counted(0)
        raise hive_table.table_exists(name)
    wanted = wishes.of_table(job.statement)
    location = _location(job, wanted)
    try:
        if has_objects(job.caller.s3, location):
            text = f"Target directory for table '{name}' already exists: {location.rstrip('/')}"
            raise QueryFailure("HIVE_PATH_ALREADY_EXISTS", text)
        planned = None if "no data" in job.statement.flags else engine.plan(job.session, job.statement)
        columns = planned.columns if planned else engine.describe(job.session, job.statement)
        new = New(name, location, shape.named(columns), wanted, planned)
        return _iceberg(job, new) if wanted.iceberg else _hive(job, new)
    except QueryFailure as failure:
        raise _with_place(failure, location) from failure


def _location(job: Job, wanted: wishes.Wishes) -> str:
    if wanted.iceberg:
        return folder(wanted.of("location", ""))
    return folder(wanted.of("external_location", "") or f"{job.terms.location}tables/{job.query_id}/")


def _with_place(failure: QueryFailure, location: str) -> QueryFailure:
    if not failure.code:
        return failure
    text = f"You may need to manually clean the data at location '{location}' before retrying. Athena will not delete data in your account."
    return QueryFailure(failure.code, f"{failure.message}. {text}", failure.at)


def _hive(job: Job, new: New) -> Answer:
    columns = [(name, shape.hive_type(name, kind)) for name, kind in new.columns]
    data, keys = split_columns(columns, new.wishes.of("partitioned_by", []))
    written = chosen(new.wishes.of("format", "PARQUET"), new.wishes.compression, new.wishes.of("field_delimiter", None))
    descriptor = hive_table.storage(data, new.location, written)
    files = Files(job.caller.s3, job.terms.encryption, job.engine_id)
    rows, partitions = 0, list[Key]()
    if new.query:
        rows, partitions = _fill(new.batches(job), files, written, (new.location, data, keys))
    job.session.go_on()
    properties = {**({"write.compression": written.codec.upper()} if written.name == "PARQUET" else {}), **new.wishes.kept}
    hive_table.create(job.caller.glue, new.name, descriptor, keys, properties)
    if keys and partitions:
        places = {tuple(map(hive_text, key)): new.location + folder_name(keys, key) for key in partitions}
        try:
            hive_table.add_partitions(job.caller.glue, new.name, descriptor, places)
        except QueryFailure:
            hive_table.drop(job.caller.glue, new.name)
            raise
    return counted(rows, tuple(files.written), manifest=bool(files.written))


def _fill(
    batches: Iterable[pa.RecordBatch], files: Files, written: Format, table: tuple[str, hive_table.Columns, hive_table.Columns]
) -> tuple[int, list[Key]]:
    location, data, keys = table
    writers = Writers(files, written, shape.arrow(data), shape.arrow(keys).names, lambda key: location + folder_name(keys, key))
    partitions = writers.write(cast(batches, shape.arrow([*data, *keys])))
    return writers.rows, partitions


def _iceberg(job: Job, new: New) -> Answer:
    schema = iceberg_types.schema(new.columns)
    written = chosen(new.wishes.of("format", "PARQUET"), new.wishes.compression or "ZSTD")
    if written.name != "PARQUET":
        raise QueryFailure("INVALID_TABLE_PROPERTY", f"Iceberg tables are not written as {written.name}")
    properties = {
        "location": new.location.rstrip("/"),
        "write.format.default": "parquet",
        "write.parquet.compression-codec": _ICEBERG_CODECS[written.codec],
        **new.wishes.kept,
    }
    partitioning = iceberg_table.spec(new.wishes.of("partitioning", []), schema)
    arrow = iceberg_types.arrow(schema)
    return counted(iceberg_table.create(job, new.name, (schema, partitioning, properties), cast(new.batches(job), arrow)))
