"""A process watched to its end: what it says and how much memory its tree holds."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from bench.measure import ROOT

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Done:
    """One run of a process: its last line, and the most memory that its tree held at once, in MB."""

    said: str
    peak: float


def run(*command: str | Path) -> Done:
    """A Python program to its end, watched; a failure ends the bench with its output."""
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
    """Megabytes that a process and all below it hold. A child that has just been forked is its parent's memory, not its own."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    total, waiting = 0, [(pid, 0)]
    while waiting:
        each, above = waiting.pop()
        try:
            size, held = map(int, Path(f"/proc/{each}/statm").read_text().split()[:2])
        except OSError:
            continue
        total += held if size != above else 0
        waiting += [(child, size) for child in children.get(each, [])]
    return total * PAGE / 1e6
