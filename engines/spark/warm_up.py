"""What every job does first, for the list of classes to archive: a session, an Iceberg table, the clients of S3 and Glue.

Run by tools/archive_classes.py. The two clients get an address where nobody listens: their classes load, then they fail.
"""

import contextlib
import sys
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

NOBODY = "http://127.0.0.1:9"
TABLE = "near.warm.calls"


def main(class_path: Path) -> None:
    """Load the classes, and write the driver's class path to the file."""
    spark = SparkSession.builder.getOrCreate()
    rows = spark.range(1000).selectExpr(
        "id", "timestamp_ntz'2026-01-01 00:00:00' + make_dt_interval(id) as at", "sha2(string(id), 256) as text"
    )
    spark.sql(f"create table {TABLE} (id bigint, at timestamp_ntz, text string) using iceberg partitioned by (months(at))")
    rows.writeTo(TABLE).append()
    spark.table(TABLE).join(rows.select("id"), "id", "left").groupBy("at").count().collect()
    spark.sql(f"select * from {TABLE}.snapshots").collect()
    with contextlib.suppress(PySparkException, Py4JJavaError):
        spark.read.csv("s3://nobody/calls.csv", schema="line string", header=True).count()
    with contextlib.suppress(PySparkException, Py4JJavaError):
        spark.sql("show tables in far.nobody").collect()
    jvm = spark.sparkContext._jvm
    assert jvm is not None
    class_path.write_text(jvm.java.lang.System.getProperty("java.class.path"))
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
