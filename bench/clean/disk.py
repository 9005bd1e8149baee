"""The job beside the DuckDB script on local disk: an empty table, a filled one, and again with nothing new; then ten batches."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.clean.generated import batch, emptied
from bench.clean.results import Number
from bench.clean.watch import Done, run

BATCHES = 10


def loads(rows: int) -> Iterator[Number]:
    """Both take the same second batch into a lake that holds a first one of the same size and months."""
    sources = {"an empty table": batch(rows, seed=1), "the filled table": batch(rows, seed=2)}
    lakes = emptied("lakes")
    job = {"start": 0.0, "load": 0.0}
    peak = 0.0
    for into, source in sources.items():
        theirs = duckdb(source, lakes)
        done = run("bench/clean/job.py", source, lakes / "spark")
        job, peak = said(done), max(peak, done.peak)
        told = f"{job['load']:.1f} s / {theirs:.1f} s = {job['load'] / theirs:.2f} (start {job['start']:.1f} s, CPU {job['cpu']:.0f} s)"
        yield Number(f"{rows:,} rows into {into}, the job / DuckDB", job["load"] / theirs, 4, told)
    again = said(run("bench/clean/job.py", source, lakes / "spark"))
    share, more = again["load"] / job["load"], again["snapshots"] - job["snapshots"]
    yield Number("the same files again / their load, on disk", share, 0.4, f"{again['load']:.1f} s, {share:.2f}, {more} new snapshots")
    yield Number("most memory of the Spark tree, MB", peak, 3000, f"{peak:,.0f}")


def batches(rows: int) -> Iterator[Number]:
    """Ten batches, each with other records of the same months, into one table."""
    lake = emptied("ten") / "spark"
    done = [run("bench/clean/job.py", batch(rows, seed=seed), lake) for seed in range(1, BATCHES + 1)]
    first, last = said(done[0]), said(done[-1])
    for what in ("load", "cpu"):
        ratio = last[what] / first[what]
        told = f"{last[what]:.1f} s / {first[what]:.1f} s = {ratio:.2f}"
        name = {"load": "", "cpu": ", processor time of its Java"}[what]
        yield Number(f"the tenth batch of {rows:,} rows / the first{name}", ratio, 1.3 if what == "load" else None, told)


def duckdb(source: Path, lakes: Path) -> float:
    """Seconds that the DuckDB script takes for a batch."""
    return float(run("bench/clean/reference.py", source, lakes / "duckdb").said.split()[0])


def said(done: Done) -> dict[str, Any]:
    """What the job's run printed."""
    return dict(json.loads(done.said))
