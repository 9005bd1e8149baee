"""A home with the production templates whose clock tests may move, and what is heard of its alarms."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from app import build
from stacks.stage import ORDER
from tests.local.conftest import ROOT, Home, until
from tools.bundle import bundle

LOOKS = 5  # half a second apart: the home looks at alarms every second


@dataclass
class Watched:
    """A home with the production templates, whose clock tests may move, and the queue that hears what the topic says."""

    home: Home
    clock: Path
    inbox: str = ""
    heard: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        services = ("cloudwatch", "stepfunctions", "sqs", "sns", "iam", "cloudformation")
        self.cloudwatch, self.states, self.sqs, self.sns, self.iam, self.stacks = (self.home.client(name) for name in services)

    def output(self, stage: str, name: str) -> str:
        [stack] = self.stacks.describe_stacks(StackName=f"lakemill-prod-{stage}")["Stacks"]
        return next(str(each["OutputValue"]) for each in stack["Outputs"] if each["OutputKey"] == name)

    def listen(self) -> None:
        self.inbox = self.sqs.create_queue(QueueName="inbox")["QueueUrl"]
        queue = self.sqs.get_queue_attributes(QueueUrl=self.inbox, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.inbox, Attributes={"Policy": policy})
        self.sns.subscribe(TopicArn=self.output("flows", "NoticeTopic"), Protocol="sqs", Endpoint=queue)

    def passes(self, *, hours: float = 0, minutes: float = 0) -> None:
        ahead = float(self.clock.read_text()) + 3600 * hours + 60 * minutes
        self.clock.with_suffix(".new").write_text(str(ahead))
        self.clock.with_suffix(".new").rename(self.clock)

    def alarm(self, begin: str) -> dict[str, Any]:
        found = self.cloudwatch.describe_alarms()["MetricAlarms"]
        [one] = [each for each in found if each["AlarmName"].startswith(f"lakemill-prod-observe-{begin}")]
        return dict(one)

    def becomes(self, begin: str, state: str) -> None:
        """Waits for an alarm's state; a minute must have passed before."""
        until(lambda: self.alarm(begin)["StateValue"] == state)

    def stays(self, begin: str, state: str) -> None:
        """Looks on while the home judges alarms again."""
        for _ in range(LOOKS):
            assert self.alarm(begin)["StateValue"] == state
            time.sleep(0.5)

    def told(self, begin: str, state: str) -> dict[str, Any]:
        """The message that told a state of an alarm."""

        def look() -> dict[str, Any] | None:
            self._receive()
            return next((m for m in self.heard if f"observe-{begin}" in m.get("AlarmName", "") and m["NewStateValue"] == state), None)

        return dict(until(look))

    def said(self, *parts: str) -> str:
        """The message in plain words that holds all parts."""

        def look() -> str | None:
            self._receive()
            return next((m["text"] for m in self.heard if all(part in m.get("text", "") for part in parts)), None)

        return str(until(look))

    def _receive(self) -> None:
        for each in self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10).get("Messages", []):
            body = json.loads(each["Body"])["Message"]
            self.heard.append(json.loads(body) if body.startswith("{") else {"text": body})
            self.sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=each["ReceiptHandle"])

    def define(self, definition: dict[str, Any]) -> str:
        """Another definition for the flow's state machine, so that no test waits for Spark; returns the old one."""
        machine = self.output("flows", "FlowCalls")
        old = str(self.states.describe_state_machine(stateMachineArn=machine)["definition"])
        self.states.update_state_machine(stateMachineArn=machine, definition=json.dumps(definition))
        return old

    def run(self, status: str, *, stop: bool = False) -> str:
        execution = self.states.start_execution(stateMachineArn=self.output("flows", "FlowCalls"))["executionArn"]
        if stop:
            self.states.stop_execution(executionArn=execution)
        until(lambda: self.states.describe_execution(executionArn=execution)["status"] == status, seconds=30)
        return str(execution).rpartition(":")[2]


def production(start: Callable[[], Home], clock: Path, templates: Path) -> Watched:
    """Production deployed into a new home that is ahead by the seconds in the clock's file; templates go into a folder."""
    clock.write_text("0")
    os.environ["HOME_CLOCK"] = str(clock)
    try:
        found = Watched(start(), clock)
    finally:
        del os.environ["HOME_CLOCK"]
    found.home.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    made = _templates(templates)
    s3 = found.home.client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": found.home.about["region"]})
    for name in (f"lakemill-prod-{stage}" for stage in ORDER):
        s3.put_object(Bucket="templates", Key=name, Body=json.dumps(made[name]))  # some are larger than a call of CloudFormation may be
        place = f"{found.home.about['endpoint']}/templates/{name}"
        found.stacks.create_stack(StackName=name, TemplateURL=place, Capabilities=["CAPABILITY_NAMED_IAM"])
        until(partial(_made, found.stacks, name), seconds=60)
    found.listen()
    return found


def _templates(folder: Path) -> dict[str, Any]:
    bundle()
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    made = build(cdk.App(context={**context, "env": "prod"}, outdir=str(folder))).synth()
    return {each.stack_name: each.template for each in made.stacks}


def _made(stacks: Any, name: str) -> bool:
    [stack] = stacks.describe_stacks(StackName=name)["Stacks"]
    assert "ROLLBACK" not in stack["StackStatus"], stacks.describe_stack_events(StackName=name)["StackEvents"][:5]
    return bool(stack["StackStatus"] == "CREATE_COMPLETE")


def data_key(watched: Watched) -> str:
    """The key of the topic."""
    topic = watched.output("flows", "NoticeTopic")
    return str(watched.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"])


def as_the_clean_job(watched: Watched) -> Any:
    """A client with the clean job's own policy, under a role that a test may assume."""
    role = next(each for each in watched.iam.list_roles()["Roles"] if "CleanRole" in each["RoleName"])
    [name] = watched.iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    document = watched.iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    copy = f"copy-{os.urandom(4).hex()}"
    made = watched.iam.create_role(RoleName=copy, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    watched.iam.put_role_policy(RoleName=copy, PolicyName="p", PolicyDocument=json.dumps(document))
    return watched.home.as_role("cloudwatch", made["Role"]["Arn"])


def put_share(cloudwatch: Any, *, namespace: str, percent: float) -> None:
    """Puts the share of refused rows as the clean job does."""
    dimensions = [{"Name": "environment", "Value": "prod"}, {"Name": "dataset", "Value": "calls"}]
    datum = {"MetricName": "QuarantinePercent", "Dimensions": dimensions, "Value": percent, "Unit": "Percent"}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])
