"""The home is bounded: so many jobs work at a time and the others wait, so many threads answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.local.conftest import Home, allow, until

MOST_JOBS, MOST_THREADS = 2, 120


def test_of_three_runs_two_work_and_the_third_waits_its_turn(home: Home, make_role: Callable[..., str], tmp_path: Path) -> None:
    s3, glue = home.client("s3"), home.client("glue")
    s3.create_bucket(Bucket="bounds", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    wait = b"import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[-1]).exists(): time.sleep(0.05)"
    s3.put_object(Bucket="bounds", Key="s.py", Body=wait)
    command = {"Name": "glueetl", "ScriptLocation": "s3://bounds/s.py"}
    role, go = make_role("bounds", allow("s3:*", "logs:*")), tmp_path / "go"
    glue.create_job(Name="three", Role=role, GlueVersion="5.1", Command=command, ExecutionProperty={"MaxConcurrentRuns": 3})
    for _ in range(3):
        glue.start_job_run(JobName="three", Arguments={"--go": str(go)})

    def states() -> list[str]:
        return sorted(run["JobRunState"] for run in glue.get_job_runs(JobName="three")["JobRuns"])

    until(lambda: states() == ["RUNNING"] * MOST_JOBS + ["STARTING"])
    go.touch()
    until(lambda: states() == ["SUCCEEDED"] * 3)


def test_many_requests_at_once_do_not_make_many_threads(home: Home) -> None:
    status = Path(f"/proc/{home.process.pid}/status")
    if not status.exists():
        pytest.skip("threads are counted on Linux only")
    home.client("s3").create_bucket(Bucket="threads", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    clients = [home.client("s3") for _ in range(40)]
    with ThreadPoolExecutor(len(clients)) as callers:
        list(callers.map(lambda client: client.put_object(Bucket="threads", Key="k", Body=b"x"), clients))
    threads = next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("Threads:"))
    assert threads < MOST_THREADS
