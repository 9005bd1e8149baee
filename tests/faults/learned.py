"""A platform that learns, in a home of its own, and what its tests do to it: read and break its Keyspaces, start and stop its commands."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from lakemill import keyspaces
from lakemill.datasets import wide
from lakemill.keyspaces_load import Loaded, files_of
from lakemill.keyspaces_reading import Reader, ranges
from lakemill.wide import WideTable
from tests.flows.platform import Platform, copied

RETAIL, KEYSPACE = wide()["retail"], "lakemill_dev"


@dataclass(frozen=True)
class Learning:
    """The platform, and its Keyspaces as its user."""

    platform: Platform

    def told(self) -> dict[str, Any]:
        """What the home says of its Keyspaces."""
        return dict(json.loads((self.platform.home / "keyspaces.json").read_text()))

    def place(self) -> keyspaces.Place:
        host, _, port = self.told()["endpoint"].rpartition(":")
        return keyspaces.Place(host=host, port=int(port), authorities=self.told()["ca"])

    def credentials(self, **more: str) -> boto3.Session:
        home = json.loads((self.platform.home / "home.json").read_text())
        keys = {f"aws_{name}": value for name, value in home["profiles"]["user"].items()}
        return boto3.Session(**{**keys, "region_name": home["region"], **more})

    @contextmanager
    def session(self) -> Iterator[Any]:
        found = keyspaces.connect(self.credentials(), place=self.place())
        try:
            yield found
        finally:
            keyspaces.close(found)

    def rows(self, table: WideTable) -> list[tuple[Any, ...]]:
        """All rows of a table."""
        with self.session() as session:
            reader = Reader(session, table=table, keyspace=KEYSPACE)
            return [row for between in ranges(8) for row in reader.read(between)]

    def files(self) -> dict[str, Loaded]:
        """What table `loads` says."""
        with self.session() as session:
            return files_of(session, dataset=RETAIL, keyspace=KEYSPACE)

    def begin(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start a command, and do not wait for it."""
        project = self.platform.project
        environment = {**os.environ, "LAKEMILL_HOME": str(self.platform.home), "PYTHONPATH": str(project)}
        command = [sys.executable, "-m", "cli", *map(str, arguments)]
        return subprocess.Popen(
            command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )

    def training(self) -> int:
        """The process of a training script under this home; 0 if there is none."""
        home = json.loads((self.platform.home / "home.json").read_text())["pid"]
        return next((each for each in below(home) if b"train.py" in command_of(each) and b"python" in command_of(each)), 0)

    def jobs(self) -> dict[str, str]:
        """States of all training jobs by name."""
        found = self.platform.client("sagemaker", root=True).list_training_jobs()["TrainingJobSummaries"]
        return {each["TrainingJobName"]: each["TrainingJobStatus"] for each in found}

    def versions(self) -> list[dict[str, Any]]:
        """The model's versions, the newest first."""
        sagemaker = self.platform.client("sagemaker", root=True)
        found = sagemaker.list_model_packages(ModelPackageGroupName="lakemill-dev-segments", SortBy="CreationTime", SortOrder="Descending")
        return list(found["ModelPackageSummaryList"])


@contextmanager
def learning(folder: Path, **settings: object) -> Iterator[Learning]:
    """A copy of the project with these settings, deployed."""
    project = copied(folder / "project")
    said = json.loads((project / "cdk.json").read_text())
    said["context"]["environments"]["dev"] |= {"segments": True, **settings}
    (project / "cdk.json").write_text(json.dumps(said))
    platform = Platform(folder / "home", project=project)
    try:
        platform.mill("up")
        yield Learning(platform)
    finally:
        platform.try_mill("down", "--erase", "--yes")


def below(parent: int) -> list[int]:
    """The processes that one has started, and those that they have."""
    mine: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            mine.setdefault(int(entry.read_text().rpartition(")")[2].split()[1]), []).append(int(entry.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, waiting = [], [parent]
    while waiting:
        children = mine.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def command_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
