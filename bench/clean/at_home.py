"""The job as the local home runs it, through the home's S3, Glue and IAM, in a home of its own; then what questions read there."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.clean.disk import duckdb
from bench.clean.generated import FOLDER, batch, emptied, size
from bench.clean.results import Number
from bench.measure import ROOT
from cli import home as local_home
from cli.clients import At, local
from cli.platform import Platform, open_platform

MILL = [sys.executable, "-m", "cli"]
PAUSE = 0.5
TOLD = re.compile(r"^calls: .* rows in: .*; ([0-9.]+) s$", re.MULTILINE)


@contextmanager
def home() -> Iterator[Platform]:
    """A new home with everything deployed, which ends and is erased with the block."""
    os.environ.update(LAKEMILL_HOME=str(FOLDER / "home"), CDK_VALIDATION="false", PYTHONPATH=str(ROOT))
    shutil.rmtree(FOLDER / "home", ignore_errors=True)
    mill("up")
    try:
        yield open_platform(env="dev", at=At.LOCAL)
    finally:
        mill("down", "--erase", "--yes")


def mill(*arguments: str | Path) -> float:
    """Seconds of one command; a failure ends the bench with its output."""
    began = time.perf_counter()
    ended = subprocess.run([*MILL, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"mill {' '.join(map(str, arguments))}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return time.perf_counter() - began


def loads(rows: int) -> Iterator[Number]:
    """Two batches one after the other; the second into the filled table, beside DuckDB on local disk with the same files."""
    lakes = emptied("lakes-home")
    with home() as platform:
        for seed, into in ((1, "an empty table"), (2, "the filled table")):
            source = batch(rows, seed=seed)
            theirs = duckdb(source, lakes)
            upload = mill("load", "calls", source)
            start, load = clean(platform)
            apart = f"start {start:.1f} s, upload of {size(source) / 1e6:.0f} MB {upload:.1f} s"
            told = f"{load:.1f} s / {theirs:.1f} s = {load / theirs:.2f} ({apart})"
            yield Number(f"{rows:,} rows into {into} through the home's S3 / DuckDB on disk", load / theirs, 6, told)


def clean(platform: Platform) -> tuple[float, float]:
    """Run the clean job alone: seconds of the start of its session, and of its load."""
    glue, job = root("glue"), platform.output("process", "CleanJob")
    asked = {"--run_id": f"bench-{time.time_ns()}", "--datasets": "calls", "--since": "none", "--until": "none", "--retry": "false"}
    began = time.time()
    run = glue.start_job_run(JobName=job, Arguments=asked)["JobRunId"]
    while (state := glue.get_job_run(JobName=job, RunId=run)["JobRun"])["JobRunState"] not in ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT"):
        time.sleep(PAUSE)
    if state["JobRunState"] != "SUCCEEDED":
        sys.exit(f"the clean job {state['JobRunState']}: {state.get('ErrorMessage')}")
    took, load = time.time() - began, _told(platform, began=began)
    return took - load, load


def root(service: str) -> Any:
    """A client by the home's root key: no user of the platform may start a job without its flow."""
    return local(local_home.required(), local_home.root_keys())(service)


def _told(platform: Platform, *, began: float) -> float:
    logs, prefix = root("logs"), platform.output("process", "JobLogGroup")
    groups = [group["logGroupName"] for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]]
    events = [event for group in groups for event in logs.filter_log_events(logGroupName=group)["events"]]
    told = [found[1] for event in events if (found := TOLD.search(event["message"])) and began <= event["timestamp"] / 1000]
    if len(told) != 1:
        sys.exit(f"the clean job's log tells its time {len(told)} times since it began: {prefix}")
    return float(told[0])
