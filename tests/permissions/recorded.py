"""A deployed platform whose home records what IAM decides, and the policies deployed in it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import boto3

from tests.flows.platform import Platform
from tests.permissions.agreed import ACCOUNT, REGION, in_order
from tests.permissions.evaluator import Call
from tests.permissions.world import Account, Role, World

TRIAL = "trial"
FLOW_SECONDS = 900.0  # what a whole flow may take on a busy machine


@dataclass(frozen=True)
class Decision:
    """One line of the record: a call of a role, and whether the home allowed it."""

    call: Call
    allowed: bool


class Recorded:
    """One environment of a platform, with its record of decisions."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.file = platform.home / "decisions.jsonl"
        self._end: int | None = None

    @cached_property
    def world(self) -> World:
        """The policies as deployed, resolved by the evaluator's own reading of the deployed templates."""
        cloudformation = self.platform.client("cloudformation", root=True)
        templates: dict[str, Any] = {}
        physical: dict[tuple[str, str], str] = {}
        for name in self.platform.stacks(f"-{self.platform.env}-"):
            stage = name.split("-")[2]
            templates[stage] = cloudformation.get_template(StackName=name)["TemplateBody"]
            for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name):
                physical |= {(stage, each["LogicalResourceId"]): self._name(each) for each in page["StackResourceSummaries"]}
        read = {stage: json.loads(each) if isinstance(each, str) else each for stage, each in templates.items()}
        return World(
            {stage: in_order(each) for stage, each in read.items()}, Account(REGION, ACCOUNT, lambda stage, id_: physical[stage, id_])
        )

    def _name(self, resource: dict[str, Any]) -> str:
        """A resource's physical name. CloudFormation at home names secrets without the letters that end their ARN."""
        name = str(resource["PhysicalResourceId"])
        if resource["ResourceType"] != "AWS::SecretsManager::Secret":
            return name
        return str(self.platform.client("secretsmanager", root=True).describe_secret(SecretId=name)["ARN"])

    def lines(self) -> list[str]:
        """The record so far, as it is written."""
        return self.file.read_text().splitlines()

    def close(self) -> None:
        """What is decided from here on (other tests take permissions away) is no part of the record."""
        self._end = len(self.lines())

    @property
    def decisions(self) -> list[Decision]:
        """What was decided about the roles of this environment, each different decision once."""
        lines = self.lines()[: self._end]
        return [each for role in self.world.roles.values() for each in self.read(lines, of=role)]

    def read(self, lines: list[str], *, of: Role) -> list[Decision]:
        """The decisions about a role in lines of the record, each different decision once."""
        name = of.arn.rsplit("/", 1)[-1]
        found: dict[Decision, None] = {}
        for line in lines:
            read = json.loads(line)
            if f":assumed-role/{name}/" in read["caller"]:
                found[Decision(Call(of.arn, read["action"], read["resource"], read["context"]), read["allowed"])] = None
        return list(found)

    def calls(self, role: Role) -> list[Call]:
        """What a role was allowed to do, except where a test tried what it may do."""
        lines = [line for line in self.lines()[: self._end] if f'/{TRIAL}"' not in line]
        return [each.call for each in self.read(lines, of=role) if each.allowed]

    def keys(self, role: Role) -> dict[str, str]:
        """Credentials of a role, as boto3 takes them. Only its service may assume it, so the home's root is let in for a moment."""
        iam, sts = self.platform.client("iam", root=True), self.platform.client("sts", root=True)
        name = role.arn.rsplit("/", 1)[-1]
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [root]}))
        try:
            found = sts.assume_role(RoleArn=role.arn, RoleSessionName=TRIAL)["Credentials"]
        finally:
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
        return {
            "aws_access_key_id": found["AccessKeyId"],
            "aws_secret_access_key": found["SecretAccessKey"],
            "aws_session_token": found["SessionToken"],
        }

    def session(self, role: Role) -> Callable[[str], Any]:
        """Clients that act as a role."""
        keys, home = self.keys(role), json.loads((self.platform.home / "home.json").read_text())
        return lambda service: boto3.client(service, endpoint_url=home["endpoint"], region_name=home["region"], **keys)

    def put_into_folders(self, *, text: str = "a,b\n1,x\n2,y\n") -> list[str]:
        """A file in folders of each dataset; their keys."""
        s3, bucket = self.platform.client("s3", root=True), self.platform.output("storage", "RawBucket")
        keys = [f"{dataset}/year=2026/month=11/trial.csv" for dataset in ("calls", "carriers")]
        for key in keys:
            s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
        return keys

    def crawl_new_folders(self) -> None:
        """Crawls that make tables and partitions, and one that changes them; what they were made of is no raw file of a later run."""
        self.platform.mill("crawl", "--all")
        self.put_into_folders()
        self.platform.mill("crawl", "--all")
        keys = self.put_into_folders(text="a,b,c\n1,x,z\n2,y,z\n")
        self.platform.mill("crawl", "--all")
        s3 = self.platform.client("s3", root=True)
        for key in keys:
            s3.delete_object(Bucket=self.platform.output("storage", "RawBucket"), Key=key)

    def run(self, flow: str, *, given: dict[str, Any]) -> None:
        """Run a flow with an input of its own; it must succeed."""
        states = self.platform.client("stepfunctions", root=True)
        machine = self.platform.output("flows", f"Flow{flow}")
        execution = states.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
        ended = wait_for(
            lambda: (found := states.describe_execution(executionArn=execution))["status"] != "RUNNING" and found, seconds=FLOW_SECONDS
        )
        assert ended["status"] == "SUCCEEDED", ended.get("cause")

    def stop_while(self, action: str, *, on: str, flow: str, stops: str = "glue:BatchStopJobRun") -> None:
        """Start a flow, stop it once its role has done `action` on a resource whose ARN contains `on`, and wait until it `stops` that."""
        states = self.platform.client("stepfunctions", root=True)
        machine = self.platform.output("flows", f"Flow{flow}")
        execution = states.start_execution(stateMachineArn=machine)["executionArn"]
        session = execution.rsplit(":", 1)[-1]
        self.until(lambda line: session in line["caller"] and line["action"] == action and on in line["resource"], seconds=FLOW_SECONDS)
        states.stop_execution(executionArn=execution)
        self.until(lambda line: session in line["caller"] and line["action"] == stops)
        glue = self.platform.client("glue", root=True)
        for job in ("CleanJob", "CurateJob"):  # a job that still ends would keep the next run waiting for a minute
            name = self.platform.output("process", job)
            wait_for(lambda name=name: not [each for each in glue.get_job_runs(JobName=name)["JobRuns"] if "ING" in each["JobRunState"]])  # type: ignore[misc]

    def stop_all(self) -> None:
        """Stop the flows' runs, which have shown what they were started for."""
        states = self.platform.client("stepfunctions", root=True)
        for flow in ("FlowCalls", "FlowMaintenance"):
            machine = self.platform.output("flows", flow)
            for each in states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
                states.stop_execution(executionArn=each["executionArn"])

    def collect_at_once(self) -> None:
        """Make the function that waits for files wait for a second only."""
        functions = self.platform.client("lambda", root=True)
        [mapping] = functions.list_event_source_mappings()["EventSourceMappings"]
        functions.update_event_source_mapping(UUID=mapping["UUID"], MaximumBatchingWindowInSeconds=1)

    def ring(self) -> None:
        """Let the clocks of the environment start their flows in a few seconds."""
        scheduler = self.platform.client("scheduler", root=True)
        names = [each["Name"] for each in scheduler.list_schedules()["Schedules"] if f"-{self.platform.env}-" in each["Name"]]
        soon = (datetime.now(UTC) + timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%S")
        for name in names:
            schedule = scheduler.get_schedule(Name=name)
            kept = {key: schedule[key] for key in ("FlexibleTimeWindow", "GroupName", "Target")}
            scheduler.update_schedule(Name=name, ScheduleExpression=f"at({soon})", **kept)

    def until(self, seen: Callable[[dict[str, Any]], bool], *, seconds: float = 120) -> None:
        """Wait until the record has a line of the kind."""
        known = 0

        def look() -> bool:
            nonlocal known
            lines = self.lines()
            new, known = lines[known:], len(lines)
            return any(seen(json.loads(line)) for line in new)

        wait_for(look, seconds=seconds)


def wait_for(look: Callable[[], Any], *, seconds: float = 120) -> Any:
    """The first true answer of `look`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")
