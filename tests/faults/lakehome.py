"""A lake in a home: buckets, databases, a role for the job, a worker that loads, and Athena to look at what there is."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.faults.proxy import Proxy
from tests.jobs.lake import ROOT
from tests.local.conftest import Home, allow, until

WHERE = {"LocationConstraint": "eu-west-1"}
ACCOUNT = "arn:aws:iam::000000000000:root"


class Worker:
    """Spark in a process of its own, as a role, by way of an endpoint."""

    def __init__(self, credentials: dict[str, str], *, endpoint: str, scratch: Path) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        at = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        environment = {**clean, **credentials, **at, "PYTHONPATH": str(ROOT), "FAULT_SCRATCH": str(scratch)}
        self.log = scratch.with_suffix(".log")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.home_worker"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
            start_new_session=True,
        )

    def start(self, **options: str) -> None:
        """Begin a load; `ended` waits for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(options) + "\n")
        self.process.stdin.flush()

    def ended(self) -> str:
        """Wait for an answer: why the load failed, empty if it did not."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()[-3000:]
        return str(json.loads(line).get("error", ""))

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


class LakeHome:
    """One home with one lake. Tests take files of their own; what the tables must hold is added up."""

    def __init__(self, home: Home, *, scratch: Path) -> None:
        self.home, self.scratch, self.runs = home, scratch, 0
        self.s3, self.glue, self.kms, self.athena = (home.client(name) for name in ("s3", "glue", "kms", "athena"))
        self.proxy = Proxy(int(home.about["endpoint"].rpartition(":")[2]))
        self.key = self.kms.create_key()["KeyMetadata"]["Arn"]
        for bucket in ("raw", "lake", "results"):
            self.s3.create_bucket(Bucket=f"fault-{bucket}", CreateBucketConfiguration=WHERE)
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key}}
        self.s3.put_bucket_encryption(Bucket="fault-lake", ServerSideEncryptionConfiguration={"Rules": [rule]})
        for zone in ("cleaned", "quarantine"):
            self.glue.create_database(DatabaseInput={"Name": zone, "LocationUri": f"s3://fault-lake/{zone}"})
        self.athena.create_work_group(Name="faults", Configuration={"ResultConfiguration": {"OutputLocation": "s3://fault-results/"}})
        trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}]}
        iam = home.client("iam")
        self.role = iam.create_role(RoleName="loads", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        rights = [allow("s3:*", "glue:*", "kms:*", "cloudwatch:PutMetricData")]
        iam.put_role_policy(RoleName="loads", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": rights}))

    def worker(self, name: str, *, scratch: Path | None = None, direct: bool = False) -> Worker:
        """A worker with a session of the role, through the proxy unless `direct`."""
        found = self.home.client("sts").assume_role(RoleArn=self.role, RoleSessionName=name)["Credentials"]
        keys = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"}
        folder = scratch or self.scratch / name
        folder.mkdir(exist_ok=True)
        endpoint = self.home.about["endpoint"] if direct else self.proxy.endpoint
        return Worker({k: found[v] for k, v in keys.items()}, endpoint=endpoint, scratch=folder)

    def put(self, key: str, content: str) -> None:
        self.s3.put_object(Bucket="fault-raw", Key=key, Body=content.encode())

    def load(self, worker: Worker, *, datasets: str = "calls") -> str:
        """Load what is new; why it failed, or empty."""
        self.begin(worker, datasets=datasets)
        return worker.ended()

    def begin(self, worker: Worker, *, datasets: str = "calls") -> None:
        self.runs += 1
        worker.start(
            run_id=f"run-{self.runs}",
            datasets=datasets,
            environment="test",
            raw_bucket="fault-raw",
            cleaned_database="cleaned",
            quarantine_database="quarantine",
            schema_policy="additive",
            quarantine_days="30",
            since="none",
            until="none",
            retry="false",
            JOB_NAME="j",
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What Athena answers."""
        asked = self.athena.start_query_execution(QueryString=sql, WorkGroup="faults")["QueryExecutionId"]

        def status() -> Any:
            found = self.athena.get_query_execution(QueryExecutionId=asked)["QueryExecution"]["Status"]
            return found if found["State"] in ("SUCCEEDED", "FAILED", "CANCELLED") else None

        ended = until(status, seconds=60)
        assert ended["State"] == "SUCCEEDED", ended
        pages = self.athena.get_paginator("get_query_results").paginate(QueryExecutionId=asked)
        lines = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]][1:]
        return [tuple(_value(cell.get("VarCharValue")) for cell in line) for line in lines]

    def snapshot(self, table: str) -> str:
        """The address of a table's metadata: what readers see."""
        found = self.glue.get_table(DatabaseName="cleaned", Name=table)["Table"]
        return str(found["Parameters"]["metadata_location"])


def _value(text: str | None) -> Any:
    return int(text) if text is not None and text.lstrip("-").isdigit() else text


def soon(seconds: float) -> None:
    """Let something begin."""
    time.sleep(seconds)
