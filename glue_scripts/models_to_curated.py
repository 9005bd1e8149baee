"""Glue job: what a model says of every row becomes a table in curated and rows in Keyspaces, under the run's id.

A run that is repeated replaces its own rows and no others. Nothing is written unless every row of the source has its answer.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from lakemill import keyspaces
from lakemill.cleaning import quoted
from lakemill.keyspaces_writing import Writer
from lakemill.learning import Model
from lakemill.models import model as declared
from lakemill.tables import CATALOG, PROPERTIES
from lakemill.wide import WideTable

OPTIONS = ["run_id", "model", "model_version", "answers", "keyspace", "region", "curated_database"]
ROWS_AT_ONCE, ROWS_A_CONNECTION = 5_000, 50_000


class Unanswered(RuntimeError):
    """The model did not answer for every row, or for others."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run writes where."""

    spark: Any
    model: Model
    options: dict[str, str]

    def table(self, name: str) -> str:
        """The complete name of a curated table."""
        return f"{CATALOG}.{self.options['curated_database']}.{name}"


def main(argv: list[str] | None = None) -> None:
    """Keep the answers under --answers of the model named in --model."""
    try:
        from awsglue.utils import getResolvedOptions
    except ImportError:
        from lakemill.arguments import getResolvedOptions
    options = getResolvedOptions(argv or sys.argv, OPTIONS)
    started = time.monotonic()
    run = Run(spark=SparkSession.builder.getOrCreate(), model=declared(options["model"]), options=options)
    answers = answered(run).persist()
    groups = profile(run, answers=answers).persist()
    write(run, answers=answers)
    keep(run, rows=answers.select(*run.model.by_row().columns), table=run.model.by_row())
    keep(run, rows=groups.select(*run.model.by_group().columns), table=run.model.by_group())
    print(f"{run.model.name}: {answers.count():,} rows mapped; {time.monotonic() - started:.1f} s", flush=True)


def answered(run: Run) -> DataFrame:
    """The answers with run, version and moment; Unanswered unless each row of the source has one."""
    schema = ", ".join(f"{name} {type_}" for name, type_ in run.model.answers.items())
    given = run.spark.read.csv(run.options["answers"], schema=schema, mode="FAILFAST")
    source = run.spark.table(run.table(run.model.source))
    counts = given.agg(F.count("*").alias("rows"), F.countDistinct(run.model.id).alias("ids")).head()
    matched = given.join(source, run.model.id, "left_semi").count()
    expected = source.count()
    if not counts.rows == counts.ids == matched == expected:
        raise Unanswered(
            f"{counts.rows:,} answers, {matched:,} of them for the {expected:,} rows of {run.model.source}; nothing was written"
        )
    stamps = {
        "run_id": quoted(run.options["run_id"]),
        "model_version": f"cast({int(run.options['model_version'])} as int)",
        "mapped_at": f"timestamp_ntz'{datetime.now(UTC):%Y-%m-%d %H:%M:%S}'",
    }
    stamped: DataFrame = given.selectExpr("*", *(f"{value} as {name}" for name, value in stamps.items()))
    return stamped


def profile(run: Run, *, answers: DataFrame) -> DataFrame:
    """A row per group: how many, and the mean of each feature."""
    source = run.spark.table(run.table(run.model.source)).select(run.model.id, *run.model.features)
    means = [F.avg(name).cast("double").alias(f"mean_{name}") for name in run.model.features]
    keys = [run.model.group, "run_id", "model_version", "mapped_at"]
    found: DataFrame = answers.join(source, run.model.id).groupBy(*keys).agg(F.count("*").cast("int").alias("size"), *means)
    return found


def write(run: Run, *, answers: DataFrame) -> None:
    """Append the run's rows, or replace them if they are there: a partition for each run."""
    name = run.table(run.model.mapping)
    writer = answers.writeTo(name).option("snapshot-property.run-id", run.options["run_id"])
    if run.spark.catalog.tableExists(name):
        writer.overwritePartitions()
        return
    writer = writer.using("iceberg").partitionedBy(F.col("run_id")).tableProperty("comment", run.model.description)
    for key, value in PROPERTIES.items():
        writer = writer.tableProperty(key, value)
    writer.create()


def keep(run: Run, *, rows: DataFrame, table: WideTable) -> None:
    """Write the rows to a table of Keyspaces, from the workers."""
    task = partial(send, table=table, keyspace=run.options["keyspace"], region=run.options["region"])
    connections = 1 + rows.count() // ROWS_A_CONNECTION  # to connect takes longer than to write some thousand rows
    rows.coalesce(connections).rdd.mapPartitions(task).count()


def send(rows: Iterable[Row], *, table: WideTable, keyspace: str, region: str) -> Iterator[int]:
    """Write one partition's rows, and yield how many. Runs on the executors."""
    import boto3

    waiting = [tuple(row) for row in rows]
    if not waiting:
        return
    session = keyspaces.connect(boto3.Session(region_name=region))
    try:
        writer = Writer(session, table=table, keyspace=keyspace)
        for first in range(0, len(waiting), ROWS_AT_ONCE):
            writer.write(waiting[first : first + ROWS_AT_ONCE])
    finally:
        keyspaces.close(session)
    yield len(waiting)


if __name__ == "__main__":
    main()
