"""Faults of the whole platform: its home is killed while it is deployed and while it runs, and it is destroyed while it runs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stacks.stage import ORDER
from tests.faults.rows import account, expected, file_of
from tests.flows.platform import ROOT, Platform
from tests.local.conftest import until

pytestmark = pytest.mark.slow
ROWS = 500


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    made = Platform(tmp_path_factory.mktemp("faults") / "home")
    yield made
    made.try_mill("down", "--erase", "--yes")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("calls")
    for number in range(1, 4):
        (folder / f"{number}.csv").write_text(file_of(number, rows=ROWS))
    return sorted(folder.glob("*.csv"))


def about(platform: Platform) -> dict[str, Any]:
    path = platform.home / "home.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def begin(platform: Platform, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "LAKEMILL_HOME": str(platform.home), "CDK_VALIDATION": "false", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def kill(platform: Platform) -> None:
    os.kill(about(platform)["pid"], signal.SIGKILL)


def stacks(cloudformation: Any) -> dict[str, str]:
    """States of the environment's stacks by name."""
    return {
        stack["StackName"]: stack["StackStatus"] for stack in cloudformation.describe_stacks()["Stacks"] if "-dev-" in stack["StackName"]
    }


def running(platform: Platform) -> list[dict[str, Any]]:
    glue = platform.client("glue", root=True)
    jobs = glue.get_jobs()["Jobs"]
    runs = [run for job in jobs for run in glue.get_job_runs(JobName=job["Name"])["JobRuns"]]
    return [run for run in runs if run["JobRunState"] == "RUNNING"]


def accounts(platform: Platform) -> dict[str, tuple[int, int, int, int]]:
    def rows(sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in platform.rows(sql)]

    return account(rows)


def test_a_home_killed_in_a_deployment_can_be_deployed(platform: Platform) -> None:
    platform.mill("up", "--no-deploy")
    cloudformation = platform.client("cloudformation")
    deploying = begin(platform, "up")
    # A stack is made in less than a second: its making is seen on a quiet machine, on a busy one that it was made and others were not.
    until(lambda: any(state.startswith("CREATE") for state in stacks(cloudformation).values()), seconds=300, every=0.02)
    kill(platform)
    assert deploying.poll() is None, "the deployment was over before its home was killed"
    os.killpg(deploying.pid, signal.SIGINT)  # Ctrl-C: the CDK would ask the dead home for 45 seconds more, and once again
    said, _ = deploying.communicate(timeout=300)
    assert deploying.returncode != 0, said
    platform.mill("up", "--no-deploy")
    assert "was killed" in about(platform)["lost"]
    assert [*stacks(platform.client("cloudformation")).values()].count("CREATE_COMPLETE") < len(ORDER), "the fault fired too late"
    platform.mill("up")
    standing = stacks(platform.client("cloudformation"))
    assert len(standing) >= len(ORDER)
    assert set(standing.values()) <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}


def test_a_home_killed_in_a_run_says_so_and_a_rerun_is_right(platform: Platform, files: list[Path]) -> None:
    platform.mill("up")
    platform.there("load", "calls", *files)
    run = begin(platform, "run", "calls")
    until(lambda: running(platform), seconds=120)
    kill(platform)
    run.communicate(timeout=300)
    assert run.returncode != 0
    platform.mill("up")
    lost = about(platform)["lost"]
    assert "execution" in lost
    assert "job run lakemill-dev" in lost
    assert not running(platform)
    platform.there("run", "calls")
    assert sorted(accounts(platform).values()) == [expected(ROWS)] * 3


def test_destroyed_in_a_run_it_leaves_nobody_at_work_and_keeps_its_data_whole(
    platform: Platform, files: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "late.csv").write_text(file_of(9, rows=ROWS))
    platform.there("load", "calls", tmp_path / "late.csv")
    buckets = {b["Name"] for b in platform.client("s3", root=True).list_buckets()["Buckets"]}
    run = begin(platform, "run", "calls")
    until(lambda: running(platform), seconds=120)
    platform.destroy()
    run.communicate(timeout=300)
    assert run.returncode != 0, "the run was destroyed and says that it succeeded"
    left = {b["Name"] for b in platform.client("s3", root=True).list_buckets()["Buckets"]}
    raw = [name for name in left & buckets if "raw" in name]
    assert raw, "the files are gone with the stacks, though nobody asked for it"
    until(lambda: not _engines(platform), seconds=60)


def _engines(platform: Platform) -> list[Path]:
    return list((platform.home / "engines").iterdir())
