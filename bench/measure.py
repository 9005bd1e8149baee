"""Running a command and saying how long it took."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """One line of the table. Seconds of wall time; `limit` is what docs/benchmarks.md promises."""

    what: str
    seconds: float
    limit: float

    @property
    def holds(self) -> bool:
        return self.seconds <= self.limit


def seconds(*command: str | Path, env: dict[str, str] | None = None) -> float:
    """Wall seconds of one run of a command in the project's folder. A failing command ends the bench with its output."""
    started = time.perf_counter()
    result = subprocess.run(command, cwd=ROOT, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - started
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))} ended with {result.returncode}:\n{result.stdout[-3000:]}{result.stderr[-3000:]}")
    return spent


def best(runs: int, *command: str | Path, env: dict[str, str] | None = None) -> float:
    """The shortest of several runs: what the command costs when the machine does nothing else."""
    return min(seconds(*command, env=env) for _ in range(runs))


def table(rows: Sequence[Measured]) -> str:
    """The rows as a Markdown table."""
    lines = [f"| {row.what} | {row.seconds:.1f} s | {row.limit:.1f} s | {'yes' if row.holds else '**no**'} |" for row in rows]
    return "\n".join(["| what | measured | limit | holds |", "|---|---|---|---|", *lines])
