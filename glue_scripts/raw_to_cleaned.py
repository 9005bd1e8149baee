"""Glue job: new files of the raw zone become typed records in cleaned, refused rows in quarantine, and lines in the ledger.

One Iceberg append per dataset carries the run id and the files' accounts, so a run that dies at any point can be
repeated: what it wrote is recognised, what it did not write is written.
"""

import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, replace
from functools import reduce
from typing import Any, BinaryIO

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakemill import cleaning, ledger, moments, tables
from lakemill.datasets import dataset as declared
from lakemill.intake import Intake, RawFile, alike, examine, header_fault, unknown_columns
from lakemill.ledger import Account
from lakemill.load import Load, sentence

OPTIONS = ["run_id", "datasets", "raw_bucket", "cleaned_database", "quarantine_database"]
READERS = 8

Taken = list[tuple[RawFile, Intake]]


def main(argv: list[str] | None = None) -> None:
    """Load every dataset named in --datasets; a dataset without new files is left as it is."""
    try:
        from awsglue.utils import getResolvedOptions
    except ImportError:
        from lakemill.arguments import getResolvedOptions
    options = getResolvedOptions(argv or sys.argv, OPTIONS)
    spark = SparkSession.builder.getOrCreate()
    for name in options["datasets"].split(","):
        started = time.monotonic()
        told = load(Load.of(declared(name), spark=spark, options=options))
        print(f"{name}: {told}; {time.monotonic() - started:.1f} s", flush=True)


def load(job: Load) -> str:
    """Take the dataset's new files; a sentence about what became of them."""
    prepare(job)
    done = finish_interrupted(job)
    new = [file for file in listed(job.bucket, prefix=f"{job.dataset.name}/") if (file.key, file.version) not in done]
    if not new:
        return "nothing new"
    taken = examined(job, files=new)
    try:
        rows = judged(rows_of(job, taken=taken).persist(), job=job)
        accounts = ledger.settle((ledger.opened(file, intake=intake) for file, intake in taken), verdicts=verdicts(rows))
        commit(rows, job=job, accounts=accounts)
    finally:
        job.spark.catalog.clearCache()
    return sentence(accounts)


def prepare(job: Load) -> None:
    """Make the tables that are not there and add columns that are newly declared."""
    job.spark.sql(tables.create(job.ledger, columns=ledger.COLUMNS, comment="Every raw file taken, and what became of its rows"))
    job.spark.sql(tables.create_quarantine(job.quarantine, dataset=job.dataset))
    job.spark.sql(tables.create_cleaned(job.cleaned, dataset=job.dataset))
    if change := tables.evolve(job.cleaned, dataset=job.dataset, existing=job.spark.table(job.cleaned).dtypes):
        job.spark.sql(change)


def finish_interrupted(job: Load) -> set[tuple[str, str]]:
    """Files already taken. If the last run died between its records and its ledger lines, the lines are written now."""
    lines = job.spark.table(job.ledger).where(F.col("dataset") == job.dataset.name).select("source_file", "version").collect()
    done = {(line.source_file, line.version) for line in lines}
    last = job.spark.sql(
        f"select summary['run-id'] as run_id, summary['files'] as files from {job.cleaned}.snapshots "
        "where summary['files'] is not null order by committed_at desc limit 1"
    ).head()
    unwritten = [account for account in ledger.from_text(last.files) if account.file not in done] if last else []
    if last and unwritten:
        print(f"{job.dataset.name}: run {last.run_id} had written its records but not the ledger; done now", flush=True)
        write_ledger(unwritten, job=replace(job, run_id=last.run_id))
    return done | {account.file for account in unwritten}


def examined(job: Load, *, files: list[RawFile]) -> Taken:
    """The intake check of each file; columns that nobody declared are told."""

    def examine_one(file: RawFile) -> tuple[RawFile, Intake]:
        with closing(content(job.bucket, file=file)) as stream:
            return file, examine(stream, name=file.key)

    with ThreadPoolExecutor(READERS) as readers:
        taken = list(readers.map(examine_one, files))
    if ignored := sorted({name for _, intake in taken for name in unknown_columns(intake.header, dataset=job.dataset)}):
        print(f"{job.dataset.name}: columns that nobody declared are left out: {', '.join(ignored)}", flush=True)
    return taken


def rows_of(job: Load, *, taken: Taken) -> DataFrame:
    """Every row of the files, judged by itself: source_file, typed columns, reason, record_id or raw, row_order."""
    parts = [read(job, shape=shape, files=files) for shape, files in alike(taken)]
    faults = [(file.key, intake.fault) for file, intake in taken if intake.fault]
    if faults or not parts:
        lost: DataFrame = job.spark.createDataFrame(faults, "source_file string, reason string")
        parts.append(lost.selectExpr(*cleaning.lost_file(job.dataset)))
    return reduce(DataFrame.unionByName, parts).withColumn("row_order", F.monotonically_increasing_id())


def read(job: Load, *, shape: Intake, files: list[RawFile]) -> DataFrame:
    """One Spark read of files of one shape."""
    lines: DataFrame = job.spark.read.option("recursiveFileLookup", "true").csv(
        [cleaning.plain(location(job.bucket, key=file.key)) for file in files],
        schema=cleaning.schema(shape.header, dataset=job.dataset),
        header=True,
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=cleaning.BROKEN,
        escape='"',
        multiLine=shape.quoted_newlines,
    )
    fault = header_fault(shape.header, dataset=job.dataset)
    texts = lines.selectExpr(
        cleaning.source_file(location(job.bucket, key="")), *cleaning.texts(shape.header, dataset=job.dataset, fault=fault)
    )
    typed = texts.selectExpr("source_file", "raw", "fault", *cleaning.typed(job.dataset))
    return typed.selectExpr("source_file", *cleaning.judged(job.dataset))


def judged(rows: DataFrame, *, job: Load) -> DataFrame:
    """The rows with a verdict: quarantined, duplicate of a record, or cleaned. Of equal rows the first in (source_file, line) wins."""
    good = rows.where("reason is null")
    keys = good.groupBy("record_id").count()
    known = keys.join(stored(good, job=job), "record_id", "left").where("count > 1 or stored").persist()
    if not known.count():
        return rows.withColumn("verdict", F.expr("if(reason is null, 'cleaned', 'quarantined')"))
    again = good.join(known.where("stored is null"), "record_id")
    first = again.groupBy("record_id").agg(F.min(F.struct("source_file", "row_order")).alias("first"))
    marked = known.join(first, "record_id", "left").select("record_id", "first", F.lit(True).alias("known")).persist()
    return rows.join(marked, "record_id", "left").withColumn("verdict", F.expr(cleaning.VERDICT))


def stored(good: DataFrame, *, job: Load) -> DataFrame:
    """record_id of records already in the table, in the months of the new ones."""
    records: DataFrame = job.spark.table(job.cleaned)
    months = job.dataset.months_of
    if months and holds_data(job, table=job.cleaned):
        found = good.agg(F.collect_set(F.expr(f"substr(cast({months} as string), 1, 7)"))).head()
        records = records.where(moments.within(months, months=found[0] if found else []))
    return records.select("record_id", F.lit(True).alias("stored"))


def holds_data(job: Load, *, table: str) -> bool:
    """Whether anything was ever committed to the table."""
    return not job.spark.sql(f"select 1 from {table}.snapshots limit 1").isEmpty()


def verdicts(rows: DataFrame) -> dict[tuple[str, str], int]:
    """Spark's own count of rows by (source file, verdict)."""
    return {(row.source_file, row.verdict): row["count"] for row in rows.groupBy("source_file", "verdict").count().collect()}


def commit(rows: DataFrame, *, job: Load, accounts: list[Account]) -> None:
    """Refused rows first, then the records in one commit, then the ledger: each can be repeated without harm."""
    if ledger.total(accounts, "rows_quarantined"):
        write_refused(rows.where("reason is not null"), job=job, accounts=accounts)
    if ledger.total(accounts, "rows_cleaned"):
        append(rows.where("verdict = 'cleaned'"), job=job, table=job.cleaned, moment="loaded_at", files=ledger.to_text(accounts))
    write_ledger(accounts, job=job)


def write_refused(rows: DataFrame, *, job: Load, accounts: list[Account]) -> None:
    """Append refused rows that are not in quarantine yet."""
    versions = job.spark.createDataFrame([account.file for account in accounts], "source_file string, version string")
    refused = rows.join(F.broadcast(versions), "source_file").withColumn("refusal_id", F.expr(cleaning.refusal_id()))
    if holds_data(job, table=job.quarantine):
        refused = refused.join(job.spark.table(job.quarantine).select("refusal_id"), "refusal_id", "left_anti")
    if not refused.persist().isEmpty():
        append(refused, job=job, table=job.quarantine, moment="refused_at")


def write_ledger(accounts: list[Account], *, job: Load) -> None:
    """Append one line per file."""
    schema = ", ".join(f"{name} {type_}" for name, type_ in ledger.COLUMNS.items())
    lines = job.spark.createDataFrame([asdict(account) for account in accounts], schema)
    append(lines.withColumn("dataset", F.lit(job.dataset.name)), job=job, table=job.ledger, moment="taken_at")


def append(rows: DataFrame, *, job: Load, table: str, moment: str, **summary: str) -> None:
    """One Iceberg commit of the rows, stamped with run and time; run id and `summary` go into the snapshot's summary."""
    stamped = rows.withColumns({name: F.expr(value) for name, value in job.stamp(moment).items()})
    writer = stamped.select(job.spark.table(table).columns).writeTo(table)
    for name, value in {"run-id": job.run_id, **summary}.items():
        writer = writer.option(f"snapshot-property.{name}", value)
    writer.append()


def listed(bucket: str, *, prefix: str) -> list[RawFile]:
    """The objects under the prefix, by key; folder marks and names that Spark takes for hidden are left out."""
    import boto3

    pages: Any = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    objects = [each for page in pages for each in page.get("Contents", [])]
    visible = [each for each in objects if each["Key"].rsplit("/", 1)[-1][:1] not in ("", "_", ".")]
    return [RawFile(key=each["Key"], version=each["ETag"].strip('"'), size=each["Size"]) for each in visible]


class Body(io.RawIOBase):
    """An S3 body as a plain stream: unlike boto3's own it stays open at its end, as readers of text and gzip expect."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._body.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def content(bucket: str, *, file: RawFile) -> BinaryIO:
    """The object's bytes as a stream; refused by S3 if the object was replaced since it was listed."""
    import boto3

    return io.BufferedReader(Body(boto3.client("s3").get_object(Bucket=bucket, Key=file.key, IfMatch=f'"{file.version}"')["Body"]))


def location(bucket: str, *, key: str) -> str:
    """The address Spark reads the object by."""
    return f"s3://{bucket}/{key}"


if __name__ == "__main__":
    main()
