"""Fault: the home is killed with SIGKILL. What it had acknowledged is there again, and what was running has failed."""

import hashlib
import json
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from tests.faults.conftest import kill, seeds
from tests.local.conftest import Home, allow, until

WHERE = {"LocationConstraint": "eu-west-1"}
GONE = (BotoCoreError, ClientError, HTTPClientError, OSError)
TRUST = {
    "Statement": [{"Effect": "Allow", "Principal": {"Service": ["glue.amazonaws.com", "states.amazonaws.com"]}, "Action": "sts:AssumeRole"}]
}
ASLEEP = "import os, pathlib, sys, time\npathlib.Path(sys.argv[-1]).write_text(str(os.getpid()))\ntime.sleep(120)"


class Writer(threading.Thread):
    """Writes objects over and over until the home is gone, and keeps which contents were acknowledged last, and which sent."""

    def __init__(self, home: Home, *, name: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.s3, self.prefix, self.random = home.client("s3"), name, random.Random(f"{name} {seed}")
        self.acknowledged: dict[str, str] = {}
        self.sent: dict[str, set[str]] = {}
        self.count = 0

    def run(self) -> None:
        try:
            while True:
                key = f"{self.prefix}/{self.random.randrange(4)}"
                body = self.random.randbytes(self.random.choice((0, 10, 200_000, 3_000_000)))
                digest = hashlib.sha256(body).hexdigest()
                self.sent.setdefault(key, set()).add(digest)
                self.s3.put_object(Bucket="lasting", Key=key, Body=body)
                self.acknowledged[key] = digest
                self.sent[key] = {digest}
                self.count += 1
        except GONE:
            return


@pytest.mark.parametrize("seed", seeds(1, all_of=5))
def test_no_acknowledged_object_table_or_table_change_is_lost_and_nothing_is_half_written(new_home: Callable[..., Home], seed: int) -> None:
    first = new_home()
    s3, glue = first.client("s3"), first.client("glue")
    s3.create_bucket(Bucket="lasting", CreateBucketConfiguration=WHERE)
    s3.put_bucket_versioning(Bucket="lasting", VersioningConfiguration={"Status": "Enabled"})
    glue.create_database(DatabaseInput={"Name": "lasting"})
    glue.create_table(DatabaseName="lasting", TableInput={"Name": "t", "Parameters": {"n": "0"}})
    writers = [Writer(first, name=f"w{n}", seed=seed) for n in range(3)]
    for writer in writers:
        writer.start()
    end, n = time.monotonic() + 1 + random.Random(seed).random() * 2, 0
    # On a busy machine it takes longer until there is something to lose.
    while all(writer.is_alive() for writer in writers) and (time.monotonic() < end or n <= 3 or sum(each.count for each in writers) <= 10):
        n += 1
        glue.update_table(DatabaseName="lasting", TableInput={"Name": "t", "Parameters": {"n": str(n)}})
    kill(first)
    for writer in writers:
        writer.join(20)
    assert n > 3
    assert sum(writer.count for writer in writers) > 10, "the home was killed while objects were written"
    again = new_home(first.folder)
    assert again.client("glue").get_table(DatabaseName="lasting", Name="t")["Table"]["Parameters"]["n"] == str(n)
    s3 = again.client("s3")
    assert s3.get_bucket_versioning(Bucket="lasting")["Status"] == "Enabled"
    for writer in writers:
        for key in writer.acknowledged:
            found = s3.get_object(Bucket="lasting", Key=key)
            body = found["Body"].read()
            assert hashlib.sha256(body).hexdigest() in writer.sent[key]
            assert (found["ContentLength"], found["ETag"]) == (len(body), f'"{hashlib.md5(body).hexdigest()}"')
    assert not list((first.folder / "s3").rglob("*.tmp"))
    assert "was killed" in again.about["lost"]
    assert "nothing was running" in again.about["lost"]


class TestWhatWasRunning:
    """A job run and an execution are going on, of which the home has told, when it is killed."""

    @pytest.fixture(scope="class")
    @staticmethod
    def before(new_home: Callable[..., Home]) -> dict[str, Any]:
        home = new_home()
        note = home.folder / "process"
        s3, glue, iam, states = (home.client(s) for s in ("s3", "glue", "iam", "stepfunctions"))
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps({"Statement": [allow("*")]}))
        s3.create_bucket(Bucket="jobs", CreateBucketConfiguration=WHERE)
        s3.put_object(Bucket="jobs", Key="s.py", Body=ASLEEP.encode())
        glue.create_job(Name="asleep", Role=role, GlueVersion="5.1", Command={"Name": "glueetl", "ScriptLocation": "s3://jobs/s.py"})
        done = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
        wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": True}}}
        ends, waits = (
            states.create_state_machine(name=n, roleArn=role, definition=json.dumps(d))["stateMachineArn"]
            for n, d in (("e", done), ("w", wait))
        )
        ended = states.start_execution(stateMachineArn=ends, name="ended")["executionArn"]
        until(lambda: states.describe_execution(executionArn=ended)["status"] == "SUCCEEDED")
        cut = states.start_execution(stateMachineArn=waits, name="cut")["executionArn"]
        run = glue.start_job_run(JobName="asleep", Arguments={"--note": str(note)})["JobRunId"]
        until(lambda: glue.get_job_run(JobName="asleep", RunId=run)["JobRun"]["JobRunState"] == "RUNNING")
        process = until(lambda: note.exists() and note.read_text())
        kill(home)
        return {"home": home, "ended": ended, "cut": cut, "run": run, "pid": int(process)}

    @pytest.fixture(scope="class")
    @staticmethod
    def after(before: dict[str, Any], new_home: Callable[..., Home]) -> Home:
        assert _alive(before["pid"]), "the job's process outlived its home: there is something to end"
        return new_home(before["home"].folder)

    def test_has_failed_with_a_reason_and_what_had_ended_is_as_it_was(self, before: dict[str, Any], after: Home) -> None:
        run = after.client("glue").get_job_run(JobName="asleep", RunId=before["run"])["JobRun"]
        assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "The local home ended while the job ran")
        states = after.client("stepfunctions")
        cut = states.describe_execution(executionArn=before["cut"])
        assert (cut["status"], cut["cause"]) == ("FAILED", "Execution was running when service restarted")
        assert states.describe_execution(executionArn=before["ended"])["status"] == "SUCCEEDED"

    def test_its_process_is_ended_so_that_nobody_unknown_writes_into_a_table(self, before: dict[str, Any], after: Home) -> None:
        until(lambda: not _alive(before["pid"]), seconds=5)

    def test_is_named_in_one_line_with_the_moment_of_the_last_save(self, after: Home) -> None:
        lost = after.about["lost"]
        assert "\n" not in lost
        assert "job run asleep" in lost
        assert "execution cut" in lost
        assert time.strftime("%Y-%m-%d", time.gmtime()) in lost
        assert lost in (after.folder / "home.log").read_text()

    def test_can_be_started_again(self, after: Home) -> None:
        glue = after.client("glue")
        run = glue.start_job_run(JobName="asleep", Arguments={"--note": str(after.folder / "again")})["JobRunId"]
        until(lambda: glue.get_job_run(JobName="asleep", RunId=run)["JobRun"]["JobRunState"] == "RUNNING")
        glue.batch_stop_job_run(JobName="asleep", JobRunIds=[run])

    def test_a_clean_end_is_not_taken_for_a_kill(self, after: Home, new_home: Callable[..., Home]) -> None:
        after.stop()
        assert new_home(after.folder).about["lost"] == ""


def _alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"
