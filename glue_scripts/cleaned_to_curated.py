"""Glue job: cleaned tables become curated tables (sql/curated) and published copies.

Each table is replaced whole, in one Iceberg commit; a table whose sources and definition are as they were is left alone.
Cleaned tables are seen through views in which personal data is hashed (lakemill/privacy.py): no query can show it.
"""

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import IO, Any

from pyspark.sql import Column, DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from lakemill import curated, privacy, publish
from lakemill.curated import Curated
from lakemill.datasets import dataset as declared
from lakemill.datasets import declared as all_datasets
from lakemill.declare import Dataset, Publication
from lakemill.privacy import Key
from lakemill.tables import CATALOG, PROPERTIES

OPTIONS = ["run_id", "datasets", "cleaned_database", "curated_database", "curated_bucket", "privacy_secret"]


class KeyNotUnique(RuntimeError):
    """The SQL of a curated table gives several rows for one key."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """The job's session and options: databases by name, the bucket of published copies, and the key that hides persons."""

    spark: SparkSession
    run_id: str
    cleaned_database: str
    curated_database: str
    curated_bucket: str
    key: Key

    def table(self, source: str) -> str:
        """The complete name of `zone.table`."""
        zone, name = source.split(".")
        return f"{CATALOG}.{self.cleaned_database if zone == 'cleaned' else self.curated_database}.{name}"

    def readable(self, source: str) -> str:
        """What a query reads `zone.table` by: curated tables by name, cleaned ones as a view without persons."""
        zone, name = source.split(".")
        if zone == "curated":
            return self.table(source)
        self.view(all_datasets()[name]).createOrReplaceTempView(f"cleaned_{name}")
        return f"cleaned_{name}"

    def view(self, dataset: Dataset) -> DataFrame:
        """The dataset's cleaned table with personal data hashed."""
        shown: DataFrame = privacy.view(self.spark, table=self.table(f"cleaned.{dataset.name}"), dataset=dataset, key=self.key)
        return shown


def main(argv: list[str] | None = None) -> None:
    """Refresh every curated table and published copy that depends on a dataset named in --datasets."""
    try:
        from awsglue.utils import getResolvedOptions
    except ImportError:
        from lakemill.arguments import getResolvedOptions
    options = getResolvedOptions(argv or sys.argv, OPTIONS)
    names = options["datasets"].split(",")
    given = {name: options[name] for name in OPTIONS if name not in ("datasets", "privacy_secret")}
    run = Run(spark=SparkSession.builder.getOrCreate(), key=key_of(options["privacy_secret"]), **given)
    ordered = curated.in_order(curated.tables().values(), datasets=list(all_datasets()))
    marks = privacy.marks(all_datasets().values(), tables=ordered, key=run.key)
    for table in curated.depending_on(ordered, datasets=names):
        tell(table.table, what=partial(refresh, run, table=table, mark=marks[table.table]))
    for dataset in map(declared, names):
        for publication in dataset.published:
            tell(f"curated.{publication.name}", what=partial(republish, run, dataset=dataset, publication=publication))


def tell(name: str, *, what: Callable[[], str]) -> None:
    """Do it and write one log line about it."""
    started = time.monotonic()
    print(f"{name}: {what()}; {time.monotonic() - started:.1f} s", flush=True)


def refresh(run: Run, *, table: Curated, mark: str) -> str:
    """Replace the table if its sources, its definition or the way persons are hidden (`mark`) changed; a sentence about it."""
    target = run.table(table.table)
    versions = {source: str(newest(run, table=run.table(source), value="snapshot_id")) for source in table.sources}
    fingerprint = table.fingerprint(versions, mark=mark)
    if newest(run, table=target, value="summary['fingerprint']") == fingerprint:
        return "unchanged"
    before = newest(run, table=target, value="coalesce(summary['privacy'], '')")
    rows = asked(run, table=table).persist()
    try:
        check_key(rows, table=table)
        replace(target, rows=rows, table=table, summary={"run-id": run.run_id, "fingerprint": fingerprint, "privacy": mark})
        told = f"{rows.count():,} rows"
    finally:
        rows.unpersist()
    return told if before in (None, mark) else f"{told}, {forget(run, table=target)}"


def asked(run: Run, *, table: Curated) -> DataFrame:
    """The table's query over its sources; a DeclarationError if it reads anything else."""
    names = {source: run.readable(source) for source in table.sources}
    query = table.query(names)
    parser: Any = run.spark._jsparkSession.sessionState().sqlParser()
    table.check_reads(parser.parsePlan(query).toString(), names=names.values())
    return run.spark.sql(query)


def replace(target: str, *, rows: DataFrame, table: Curated, summary: Mapping[str, str]) -> None:
    """Create or replace the table in one commit; `summary` goes into its snapshot."""
    writer = rows.writeTo(target).using("iceberg")
    for name, value in summary.items():
        writer = writer.option(f"snapshot-property.{name}", value)
    for name, value in {**PROPERTIES, "comment": table.description}.items():
        writer = writer.tableProperty(name, value)
    if partitions := [partition(each) for each in table.partitions]:
        writer = writer.partitionedBy(*partitions)
    writer.createOrReplace()


def forget(run: Run, *, table: str) -> str:
    """Remove the table's older snapshots: they hold what is hidden now, or hashes under another key."""
    name = table.removeprefix(f"{CATALOG}.")
    now = f"{datetime.now(UTC) + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}+00:00"
    run.spark.sql(f"call {CATALOG}.system.expire_snapshots(table => '{name}', older_than => timestamp '{now}', retain_last => 1)")
    return "older snapshots removed, as persons are hidden in another way now"


def check_key(rows: DataFrame, *, table: Curated) -> None:
    """KeyNotUnique, with an example, before anything is written."""
    twice = rows.groupBy(*table.key).count().where("count > 1").head()
    if twice:
        example = ", ".join(f"{name} {twice[name]}" for name in table.key)
        raise KeyNotUnique(f"{table.file}: {twice['count']} rows for {example}; nothing was written")


def partition(text: str) -> Column:
    """`months(hour)` or a column's name, as Spark's partition transform."""
    moment = re.fullmatch(r"(years|months|days|hours)\((\w+)\)", text)
    made: Column = getattr(F, moment[1])(moment[2]) if moment else F.col(text)
    return made


def newest(run: Run, *, table: str, value: str) -> Any:
    """A value of the newest snapshot that changed rows; None without a table or a snapshot. Maintenance changes files only."""
    query = f"select {value} as value from {table}.snapshots where operation <> 'replace' order by committed_at desc limit 1"
    row = run.spark.sql(query).head() if run.spark.catalog.tableExists(table) else None
    return row.value if row else None


def republish(run: Run, *, dataset: Dataset, publication: Publication) -> str:
    """Write a new copy beside the live one, point the table at it, then remove what is no longer pointed at."""
    source = run.table(f"cleaned.{dataset.name}")
    names = publish.columns(dataset, publication=publication)
    snapshot, mark = newest(run, table=source, value="snapshot_id"), privacy.mark(dataset, key=run.key)
    fingerprint = publish.fingerprint(names, version=f"{snapshot}{mark}")
    live = catalogued(run.curated_database, name=publication.name)
    if live.get("Parameters", {}).get(publish.FINGERPRINT) == fingerprint:
        return "unchanged"
    folder = publish.folder(publication, run_id=run.run_id, live=live.get("StorageDescriptor", {}).get("Location", ""))
    place = location(run.curated_bucket, key=folder)
    write_csv(run.view(dataset).selectExpr(*publish.selection(names)), bucket=run.curated_bucket, folder=folder)
    table = publish.table(publication, names=names, location=place, parameters={publish.FINGERPRINT: fingerprint})
    catalogue(run.curated_database, table=table, exists=bool(live))
    remove_others(run.curated_bucket, prefix=publish.prefix(publication), keep=folder)
    return f"published to {folder}"


def write_csv(rows: DataFrame, *, bucket: str, folder: str) -> None:
    """One CSV object with a header per Spark partition. No rename and no folder mark: an object is whole or not there."""
    lines = rows.select(F.to_csv(F.struct(*rows.columns), {"escape": '"', "emptyValue": ""}).alias("line"))
    lines.rdd.mapPartitionsWithIndex(partial(write_part, bucket, folder, ",".join(rows.columns))).count()


def write_part(bucket: str, folder: str, header: str, number: int, rows: Iterator[Row]) -> Iterator[str]:
    """Write one partition's lines, if it has any, and yield the object's key. Runs on the executors."""
    first = next(rows, None)
    if first is None:
        return
    key = f"{folder}part-{number:05}.csv"
    with tempfile.TemporaryFile() as file:
        file.writelines(f"{line}\n".encode() for line in chain([header, first.line], (row.line for row in rows)))
        file.seek(0)
        upload(bucket, key=key, file=file)
    yield key


def upload(bucket: str, *, key: str, file: IO[bytes]) -> None:
    """Store the file's bytes as one object."""
    import boto3

    boto3.client("s3").upload_fileobj(file, bucket, key)


def key_of(secret: str) -> Key:
    """The key in the secret with this ARN."""
    import boto3

    client: Any = boto3.client("secretsmanager")
    return privacy.key_in(secret, answer=client.get_secret_value(SecretId=secret))


def location(bucket: str, *, key: str) -> str:
    """The address of an object or a folder."""
    return f"s3://{bucket}/{key}"


def catalogued(database: str, *, name: str) -> dict[str, Any]:
    """The table in the Glue catalog; empty if there is none."""
    import boto3

    glue: Any = boto3.client("glue")
    try:
        found: dict[str, Any] = glue.get_table(DatabaseName=database, Name=name)["Table"]
    except glue.exceptions.EntityNotFoundException:
        return {}
    return found


def catalogue(database: str, *, table: Mapping[str, Any], exists: bool) -> None:
    """Create the table, or swap its definition in one call."""
    import boto3

    glue: Any = boto3.client("glue")
    (glue.update_table if exists else glue.create_table)(DatabaseName=database, TableInput=table)


def remove_others(bucket: str, *, prefix: str, keep: str) -> None:
    """Delete the objects under `prefix` that are not under `keep`."""
    import boto3

    client: Any = boto3.client("s3")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        old: Sequence[str] = [each["Key"] for each in page.get("Contents", []) if not each["Key"].startswith(keep)]
        if old:
            client.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in old], "Quiet": True})


if __name__ == "__main__":
    main()
