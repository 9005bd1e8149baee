"""Batches of call records to measure with, generated once and kept under `.local/bench`."""

import shutil
from pathlib import Path

from bench.measure import ROOT
from lakemill.samples import calls

FOLDER = ROOT / ".local" / "bench"
MONTHS = 36


def batch(rows: int, *, seed: int) -> Path:
    """A folder of 36 monthly files, the same months for every seed; file names begin with the seed."""
    folder = FOLDER / f"rows-{rows}-seed-{seed}" / "calls"
    if not folder.exists():
        half = folder.with_name("half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        calls.write(half, rows=rows, files=MONTHS, seed=seed)
        for file in half.iterdir():
            file.rename(half / f"{seed}-{file.name}")
        half.rename(folder)
    return folder


def size(folder: Path) -> int:
    """Bytes of a batch."""
    return sum(file.stat().st_size for file in folder.iterdir())


def emptied(name: str) -> Path:
    """An empty folder of that name to measure in."""
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
