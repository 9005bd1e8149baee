"""Fault: the disk on which Spark keeps what does not fit into memory is full. The load fails and says so; with room again it is right."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.lakehome import LakeHome
from tests.faults.rows import account, expected, file_of
from tests.local.conftest import Home

pytestmark = pytest.mark.slow
ROWS = 30_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kilobytes: what Spark exchanges for 30,000 rows does not fit."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"NOT SHOWN HERE: what a full disk does. This machine lets nobody mount a small one: {made.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_fails_the_load_with_the_reason_and_a_rerun_is_right(
    new_home: Callable[..., Home], small_disk: Path, tmp_path: Path
) -> None:
    lake = LakeHome(new_home(), scratch=tmp_path)
    worker = lake.worker("disk", scratch=small_disk)
    assert worker.ended() == ""
    lake.put("calls/1.csv", file_of(1, rows=ROWS))
    failed = lake.load(worker)
    assert "No space left on device" in failed + worker.log.read_text(), failed
    assert failed
    subprocess.run(["mount", "-o", "remount,size=500m", str(small_disk)], check=True)
    assert lake.load(worker) == ""
    worker.stop()
    assert account(lake.rows) == {"calls/1.csv": expected(ROWS)}
