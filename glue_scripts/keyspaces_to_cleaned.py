"""Glue job: a dataset in Keyspaces becomes its table in cleaned, so that learning and asking do not read Keyspaces again.

Read by ranges of tokens, some at a time on each worker, and written in one Iceberg commit. The commit says which files it holds:
while no file was loaded since, nothing is read. Rows are marked with the rules that they break, and none is left out.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from lakemill import keyspaces, rules
from lakemill.cleaning import quoted
from lakemill.datasets import wide
from lakemill.keyspaces_load import Loaded, files_of
from lakemill.keyspaces_reading import Range, Reader, ranges
from lakemill.tables import CATALOG, PROPERTIES
from lakemill.wide import PLACE, WideDataset
from lakemill.wide_export import Incomplete, fingerprint, refuse_unfinished

OPTIONS = ["run_id", "dataset", "keyspace", "region", "cleaned_database", "again"]
RANGES = 64


def main(argv: list[str] | None = None) -> None:
    """Export the dataset named in --dataset."""
    try:
        from awsglue.utils import getResolvedOptions
    except ImportError:
        from lakemill.arguments import getResolvedOptions
    options = getResolvedOptions(argv or sys.argv, OPTIONS)
    dataset, started = wide()[options["dataset"]], time.monotonic()
    table = f"{CATALOG}.{options['cleaned_database']}.{dataset.name}"
    files = loaded(dataset, options=options)
    refuse_unfinished(files)
    version = fingerprint(files, dataset=dataset)
    spark = SparkSession.builder.getOrCreate()
    if options["again"] != "true" and held(spark, table=table) == version:
        print(f"{dataset.name}: no file was loaded since the last export", flush=True)
        return
    told = export(spark, dataset=dataset, table=table, options={**options, "version": version}, files=files)
    print(f"{dataset.name}: {told}; {time.monotonic() - started:.1f} s", flush=True)


def loaded(dataset: WideDataset, *, options: dict[str, str]) -> list[Loaded]:
    """The files that the dataset was loaded from."""
    session = connected(options["region"])
    try:
        return list(files_of(session, dataset=dataset, keyspace=options["keyspace"]).values())
    finally:
        keyspaces.close(session)


def export(spark: SparkSession, *, dataset: WideDataset, table: str, options: dict[str, str], files: list[Loaded]) -> str:
    """Read all rows, compare their number with what was loaded, write them; a sentence about it."""
    task = partial(read, dataset=dataset, keyspace=options["keyspace"], region=options["region"])
    places = spark.sparkContext.parallelize(ranges(RANGES), spark.sparkContext.defaultParallelism)  # to connect takes a second
    columns = {column.name: str(column.type) for column in dataset.columns} | {name: kind(name) for name in PLACE}
    schema = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
    rows = spark.createDataFrame(places.mapPartitions(task), schema, verifySchema=False)
    marked = marks(rows, dataset=dataset, run_id=options["run_id"]).persist()
    try:
        found, expected = marked.count(), sum(file.rows_loaded for file in files)
        if found < expected:
            raise Incomplete(f"{expected:,} rows were loaded and {found:,} are in the table; nothing was written")
        write(marked, table=table, description=dataset.description, summary={"run-id": options["run_id"], "files": options["version"]})
    finally:
        marked.unpersist()
    return f"{found:,} rows of {len(files)} files"


def kind(name: str) -> str:
    """The SQL type of the columns that say where a row came from."""
    return "int" if PLACE[name] == "int" else "string"


def marks(rows: DataFrame, *, dataset: WideDataset, run_id: str) -> DataFrame:
    """The rows with their id, the rules they break, and the run."""
    record = "sha2(concat(source_file, ':', line), 256) as record_id"
    stamp = f"{quoted(run_id)} as run_id"
    now = f"timestamp_ntz'{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())}' as loaded_at"
    return rows.selectExpr("*", f"{rules.warnings(dataset)} as warnings", record, stamp, now)


def write(rows: DataFrame, *, table: str, description: str, summary: dict[str, str]) -> None:
    """Create or replace the table in one commit."""
    writer = rows.writeTo(table).using("iceberg").tableProperty("comment", description)
    for name, value in PROPERTIES.items():
        writer = writer.tableProperty(name, value)
    for name, value in summary.items():
        writer = writer.option(f"snapshot-property.{name}", value)
    writer.createOrReplace()


def held(spark: SparkSession, *, table: str) -> str:
    """Which files the table holds, as its last export said; empty without a table."""
    query = f"select summary['files'] as files from {table}.snapshots where operation <> 'replace' order by committed_at desc limit 1"
    row = spark.sql(query).head() if spark.catalog.tableExists(table) else None
    return (row.files or "") if row else ""


def read(between: Iterable[Range], *, dataset: WideDataset, keyspace: str, region: str) -> Iterator[tuple[Any, ...]]:
    """The rows of some ranges, with one connection. Runs on the executors."""
    session = connected(region)
    try:
        reader = Reader(session, table=dataset.wide(), keyspace=keyspace)
        for each in between:
            yield from reader.read(each)
    finally:
        keyspaces.close(session)


def connected(region: str) -> Any:
    """A session with the credentials of the job's role."""
    import boto3

    return keyspaces.connect(boto3.Session(region_name=region))


if __name__ == "__main__":
    main()
