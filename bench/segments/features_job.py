"""`features_job.py FILE WAREHOUSE RUNS`: a file's rows as `cleaned.retail` on disk, then the curate job's table of features, some times.

Query, check of its key and Iceberg commit are the job's own, S3, Glue and IAM are left out. Prints one line of JSON: seconds of
the session's start and of each run, and what came out.
"""

import json
import os
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from bench.clean.job import ROOT, session
from lakemill import curated
from lakemill.datasets import wide
from lakemill.wide_rows import Row, rows

RETAIL = wide()["retail"]
TABLE = "curated.customer_features"


def main() -> None:
    """Export once, not measured; then the features."""
    file, warehouse, times = Path(sys.argv[1]), Path(sys.argv[2]).resolve(), int(sys.argv[3])
    os.environ["TZ"] = "UTC"
    began = time.perf_counter()
    spark = session(warehouse)
    for zone in ("cleaned", "curated"):
        spark.sql(f"create namespace if not exists glue_catalog.{zone}")
    start = time.perf_counter() - began
    export(spark, file=file)
    job = script("cleaned_to_curated")
    key = job.Key(value="of the bench alone", version="1")
    run = job.Run(spark=spark, run_id="bench", cleaned_database="cleaned", curated_database="curated", curated_bucket="", key=key)
    table = next(each for each in curated.tables().values() if each.table == TABLE)
    spent = [refreshed(job, run, table=table) for _ in range(times)]
    found = spark.sql(f"select count(*) as n, sum(monetary) as spent from glue_catalog.{TABLE}").head()
    print(json.dumps({"start": start, "seconds": spent, "customers": found.n, "monetary": float(found.spent)}))


def refreshed(job: Any, run: Any, *, table: Any) -> float:
    """Seconds in which the table is made, from nothing."""
    run.spark.sql(f"drop table if exists glue_catalog.{TABLE}")
    began = time.perf_counter()
    job.refresh(run, table=table, mark="")
    return time.perf_counter() - began


def export(spark: Any, *, file: Path) -> None:
    """The file's rows into the cleaned table, as the export writes them."""
    export = script("keyspaces_to_cleaned")
    columns = {column.name: str(column.type) for column in RETAIL.columns} | {"source_file": "string", "line": "int"}
    schema = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    values = [(*each.values, file.name, each.line) for each in rows(file, dataset=RETAIL) if isinstance(each, Row)]
    frame = spark.createDataFrame(spark.sparkContext.parallelize(values, 8), schema, verifySchema=False)
    marked = export.marks(frame, dataset=RETAIL, run_id="bench")
    export.write(marked, table="glue_catalog.cleaned.retail", description="", summary={})


def script(name: str) -> Any:
    """A job's script as a module."""
    spec = spec_from_file_location(name, ROOT / "glue_scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
