"""`python -m bench.clean [ROWS]`: the clean job beside the DuckDB script, on generated call records (5,000,000 if not said).

Both take the same second batch into a lake that holds a first one of the same size and months. Session start and
generation are not counted. Everything lies under `.local/bench` and is made again only if it is not there.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from bench.measure import ROOT
from lakemill.samples import calls

FOLDER = ROOT / ".local" / "bench"
MONTHS = 36
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Done:
    """One run of a process: what it printed last, and the most memory it and its children held at once, in MB."""

    said: str
    peak: float


def batch(rows: int, *, seed: int) -> Path:
    """A folder of monthly files, generated if it is not there."""
    folder = FOLDER / f"rows-{rows}-seed-{seed}" / "calls"
    if not folder.exists():
        half = folder.with_name("half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        calls.write(half, rows=rows, files=MONTHS, seed=seed)
        half.rename(folder)
    return folder


def run(*command: str | Path) -> Done:
    """A process to its end, watched; a failure ends the bench with its output."""
    peak = 0.0
    with subprocess.Popen(
        [sys.executable, *map(str, command)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        said: list[bytes] = []
        reader = threading.Thread(target=lambda: said.extend(process.communicate()))
        reader.start()
        while reader.is_alive():
            peak = max(peak, resident(process.pid))
            time.sleep(0.2)
    if process.returncode:
        sys.exit(said[1].decode()[-3000:])
    return Done(said[0].decode().strip().splitlines()[-1], peak)


def resident(pid: int) -> float:
    """Megabytes that a process and all below it hold."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    total, waiting = 0.0, [pid]
    while waiting:
        each = waiting.pop()
        waiting += parents.get(each, [])
        try:
            total += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * PAGE / 1e6
        except OSError:
            continue
    return total


def main() -> None:
    """Prints one line per measurement."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    first, second = batch(rows, seed=1), batch(rows, seed=2)
    lakes = FOLDER / "lakes"
    shutil.rmtree(lakes, ignore_errors=True)
    lakes.mkdir(parents=True)
    print(f"{rows:,} rows, {sum(file.stat().st_size for file in second.iterdir()) / 1e6:.0f} MB")
    for source in (first, second):
        print("duckdb", run("bench/clean/reference.py", source, lakes / "duckdb").said, flush=True)
    for source in (first, second, second):
        done = run("bench/clean/job.py", source, lakes / "spark")
        print("job", done.said, f"peak {done.peak:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
