"""The home as a process: one per folder, several beside each other, ready soon, gone at once, and nothing lost."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.local.conftest import ROOT, Home, allow

MOST_SECONDS_TO_END = 5


def test_its_address_and_keys_are_for_the_owner_only(home: Home) -> None:
    for name in ("home.json", "root.json", "keys.json"):
        assert (home.folder / name).stat().st_mode & 0o077 == 0
    assert home.about["endpoint"].startswith("http://127.0.0.1:")
    assert home.about["account"] == "000000000000"
    assert home.about["pid"] == home.process.pid


def test_a_second_home_in_the_same_folder_says_which_process_runs(home: Home) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "local", "--folder", str(home.folder)], cwd=ROOT, capture_output=True, text=True, timeout=20
    )
    assert second.returncode == 1
    assert f"as process {home.process.pid}" in second.stderr
    assert (home.folder / "home.json").exists()


def test_a_home_in_another_folder_runs_beside_it_with_other_keys(home: Home, new_home: Callable[..., Home]) -> None:
    other = new_home()
    home.client("s3").create_bucket(Bucket="only-here", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert "only-here" not in [b["Name"] for b in other.client("s3").list_buckets()["Buckets"]]
    assert other.about["endpoint"] != home.about["endpoint"]
    keys = {h.keys(who)["access_key_id"] for h in (home, other) for who in ("root", "deployer", "user")}
    assert len(keys) == 6
    assert other.stop() < MOST_SECONDS_TO_END
    assert not (other.folder / "home.json").exists()


class TestARestart:
    """One home is started, made use of, ended while a job runs, started again, killed, and started once more."""

    @pytest.fixture(scope="class")
    @staticmethod
    def before(new_home: Callable[..., Home]) -> dict[str, Any]:
        first = new_home()
        s3, glue = first.client("s3"), first.client("glue")
        s3.create_bucket(Bucket="lasting", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_versioning(Bucket="lasting", VersioningConfiguration={"Status": "Enabled"})
        versions = [s3.put_object(Bucket="lasting", Key="k", Body=b)["VersionId"] for b in (b"old", b"new")]
        glue.create_database(DatabaseInput={"Name": "lasting"})
        topic = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
        first.client("cloudformation").create_stack(StackName="lasting", TemplateBody=json.dumps(topic))
        run = TestARestart.cut_off(first)
        seconds = first.stop()
        return {"about": first.about, "folder": first.folder, "versions": versions, "run": run, "seconds": seconds}

    @staticmethod
    def cut_off(home: Home) -> str:
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        role = home.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        home.client("iam").put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps({"Statement": [allow("*")]}))
        home.client("s3").put_object(Bucket="lasting", Key="s.py", Body=b"import time\ntime.sleep(60)")
        home.client("glue").create_job(
            Name="j", Role=role, GlueVersion="5.1", Command={"Name": "glueetl", "ScriptLocation": "s3://lasting/s.py"}
        )
        states = home.client("stepfunctions")
        wait = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}})
        machine = states.create_state_machine(name="m", roleArn=role, definition=wait)["stateMachineArn"]
        states.start_execution(stateMachineArn=machine, name="cut")
        return str(home.client("glue").start_job_run(JobName="j")["JobRunId"])

    @pytest.fixture(scope="class")
    @staticmethod
    def after(before: dict[str, Any], new_home: Callable[..., Home]) -> Home:
        return new_home(before["folder"])

    def test_keeps_address_people_objects_with_versions_tables_and_stacks(self, before: dict[str, Any], after: Home) -> None:
        assert after.about["endpoint"] == before["about"]["endpoint"]
        assert after.about["profiles"] == before["about"]["profiles"]
        s3 = after.client("s3")
        assert s3.get_object(Bucket="lasting", Key="k")["Body"].read() == b"new"
        assert s3.get_object(Bucket="lasting", Key="k", VersionId=before["versions"][0])["Body"].read() == b"old"
        assert after.client("glue").get_database(Name="lasting")["Database"]["Name"] == "lasting"
        assert after.client("cloudformation").describe_stacks(StackName="lasting")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
        assert after.client("sts", "user").get_caller_identity()["Arn"].endswith(":user/user")

    def test_ends_promptly_and_leaves_no_job_and_no_execution_running(self, before: dict[str, Any], after: Home) -> None:
        assert before["seconds"] < MOST_SECONDS_TO_END
        assert after.client("glue").get_job_run(JobName="j", RunId=before["run"])["JobRun"]["JobRunState"] == "FAILED"
        execution = "arn:aws:states:eu-west-1:000000000000:execution:m:cut"
        assert after.client("stepfunctions").describe_execution(executionArn=execution)["status"] == "FAILED"

    def test_is_possible_after_the_process_was_killed(self, after: Home, new_home: Callable[..., Home]) -> None:
        after.process.kill()
        after.process.wait(5)
        assert new_home(after.folder).client("s3", "user").list_buckets()["Buckets"]


def test_it_listens_on_the_loopback_address_only(home: Home) -> None:
    port = int(home.about["endpoint"].rsplit(":", 1)[1])
    sockets = Path("/proc/net/tcp")
    if not sockets.exists():
        pytest.skip("the list of sockets is read on Linux only")
    listening = [line.split()[1] for line in sockets.read_text().splitlines()[1:] if line.split()[3] == "0A"]
    assert [a for a in listening if a.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


def test_it_closes_its_end_of_a_connection_when_the_client_closes_the_other(home: Home) -> None:
    address = home.about["endpoint"].removeprefix("http://")
    host, _, port = address.partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"GET /_ministack/health HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        assert connection.recv(2**16).startswith(b"HTTP/1.1 ")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(2**16):
            pass
