"""INSERT INTO: more rows for a Hive or Iceberg table.

The query's columns must fit the table's as Trino wants it; columns that the statement does not name become null. A Hive table
gets new files and, where they are new, partitions; an Iceberg table gets one commit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from local.athena import engine, hive, iceberg, names
from local.athena.catalog import GlueTable
from local.athena.column_types import Text
from local.athena.engine import Answer
from local.athena.failures import QueryFailure, not_supported
from local.athena.job import Job
from local.athena.writing import coercion, hive_table, iceberg_table, iceberg_types, shape
from local.athena.writing.counted import counted
from local.athena.writing.files import Files, folder
from local.athena.writing.formats import Format, chosen
from local.athena.writing.partitions import Key, folder_name, hive_text
from local.athena.writing.writers import Writers, cast

_FORMATS = {"ParquetHiveSerDe": "PARQUET", "JsonSerDe": "JSON", "LazySimpleSerDe": "TEXTFILE"}


@dataclass(frozen=True)
class Columns:
    """The table's columns (name, DuckDB type), the query, and which of them it fills, in its order."""

    table: list[tuple[str, str]]
    filled: list[str]
    query: engine.Plan

    def arranged(self, job: Job, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """The query's batches with the table's columns in the table's order, null where nothing fills them."""
        for batch in engine.batches(job.session, self.query):
            columns = dict(zip(self.filled, batch.columns, strict=True))
            arrays = [columns.get(field.name.lower(), pa.nulls(batch.num_rows, field.type)) for field in schema]
            yield from cast([pa.RecordBatch.from_arrays(arrays, names=schema.names)], schema)


def run(job: Job) -> Answer:
    """Run an INSERT INTO. Raises QueryFailure."""
    name, metadata = names.resolve(job.target, job.session.database)
    if metadata:
        raise QueryFailure("NOT_SUPPORTED", "This connector does not support inserts into metadata tables", (1, 1))
    table = job.session.catalog.table(name, names.position(job.target))
    if table.is_view:
        raise QueryFailure("NOT_SUPPORTED", "Inserting into views is not supported", (1, 1))
    try:
        columns = _columns(job, table)
        return _iceberg(job, table, columns) if table.is_iceberg else _hive(job, table, columns)
    except QueryFailure as failure:
        raise _with_manifest(failure, job.location) from failure


def _with_manifest(failure: QueryFailure, location: str) -> QueryFailure:
    if not failure.code:
        return failure
    text = (
        f"If a data manifest file was generated at '{location}-manifest.csv', you may need to manually clean the data from locations "
        "specified in the manifest. Athena will not delete data in your account."
    )
    return QueryFailure(failure.code, f"{failure.message}. {text}", failure.at)


def _columns(job: Job, table: GlueTable) -> Columns:
    listed = iceberg.columns(iceberg_table.load(job, table.name).schema()) if table.is_iceberg else hive.columns(table)
    named = [str(column.this).lower() for column in job.statement.columns]
    for place, name in enumerate(named):
        at = names.position(job.statement.columns[place])
        if name not in dict(listed):
            raise QueryFailure("COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {name}", at)
        if name in named[:place]:
            raise QueryFailure("DUPLICATE_COLUMN_NAME", f"Insert column name is specified more than once: {name}", at)
    columns = Columns(listed, named or [name for name, _ in listed], engine.plan(job.session, job.statement))
    texts = {} if table.is_iceberg else _texts(table)
    _check_types(columns, texts)
    return columns


def _texts(table: GlueTable) -> dict[str, Text]:
    """The columns of a Hive table whose texts have a length. Raises QueryFailure for char(n), which is padded."""
    found = {}
    for name, kind in table.columns + table.partition_keys:
        if kind.lower().startswith("char"):
            raise not_supported(f"writing column {name} of type {kind}")
        if kind.lower().startswith("varchar("):
            found[name] = Text(int(kind[8:-1]))
    return found


def _check_types(columns: Columns, texts: dict[str, Text]) -> None:
    given = [kind for _, kind in columns.query.columns]
    wanted = [texts.get(name) or duckdb.sqltype(dict(columns.table)[name]) for name in columns.filled]
    if len(wanted) != len(given) or not all(coercion.fits(had, needed) for had, needed in zip(given, wanted, strict=True)):
        lists = (", ".join(shape.trino_type(kind) for kind in kinds) for kinds in (wanted, given))
        raise QueryFailure("TYPE_MISMATCH", "Insert query has mismatched column types: Table: [{}], Query: [{}]".format(*lists))


def _iceberg(job: Job, table: GlueTable, columns: Columns) -> Answer:
    schema = iceberg_types.arrow(iceberg_table.load(job, table.name).schema())
    return counted(iceberg_table.append(job, table.name, columns.arranged(job, schema)))


def _hive(job: Job, table: GlueTable, columns: Columns) -> Answer:
    written, data, keys = _format(table), table.columns, table.partition_keys
    known = (
        {tuple(part["Values"]): part["StorageDescriptor"]["Location"] for part in job.session.catalog.partitions(table.name)}
        if keys
        else {}
    )
    root = folder(table.storage.get("Location", ""))

    def place(key: Key) -> str:
        return folder(known.get(tuple(map(hive_text, key)), root + folder_name(keys, key)))

    files = Files(job.caller.s3, job.terms.encryption, job.engine_id)
    writers = Writers(files, written, shape.arrow(data), shape.arrow(keys).names, place)
    partitions = writers.write(columns.arranged(job, shape.arrow([*data, *keys])))
    new = {values: place(key) for key in partitions if (values := tuple(map(hive_text, key))) not in known}
    job.session.go_on()
    if new and keys:
        hive_table.add_partitions(job.caller.glue, table.name, table.storage, new)
    return counted(writers.rows, tuple(files.written), manifest=bool(files.written))


def _format(table: GlueTable) -> Format:
    info = table.storage.get("SerdeInfo") or {}
    serde = str(info.get("SerializationLibrary", "")).rpartition(".")[2]
    options = info.get("Parameters") or {}
    if table.storage.get("BucketColumns") or table.parameters.get("projection.enabled", "").lower() == "true":
        raise not_supported(f"writing into the table {table.name}, which has buckets or projected partitions")
    if serde not in _FORMATS or int(table.parameters.get("skip.header.line.count") or 0):
        raise not_supported(f"writing into the table {table.name} (serde {serde or '(none)'}, header lines)")
    if serde != "LazySimpleSerDe":
        return chosen(_FORMATS[serde], table.parameters.get("write.compression"))
    return chosen("TEXTFILE", table.parameters.get("write.compression"), hive.delimiter_of(options))
