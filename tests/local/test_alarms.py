"""The platform's alarms at home: each metric crosses its line, people are told, and the alarm ends."""

import datetime
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from app import build
from stacks.stage import ORDER
from tests.local.conftest import ROOT, Home, until
from tools.bundle import bundle

LOOKS = 5  # half a second apart: the home looks at alarms every second
WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
PASS = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}


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


@pytest.fixture(scope="module")
def watched(new_home: Callable[..., Home], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    clock = tmp_path_factory.mktemp("clock") / "ahead"
    clock.write_text("0")
    os.environ["HOME_CLOCK"] = str(clock)
    try:
        found = Watched(new_home(), clock)
    finally:
        del os.environ["HOME_CLOCK"]
    found.home.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    templates = _templates(tmp_path_factory.mktemp("cdk.out"))
    for name in (f"lakemill-prod-{stage}" for stage in ORDER):
        found.stacks.create_stack(StackName=name, TemplateBody=json.dumps(templates[name]), Capabilities=["CAPABILITY_NAMED_IAM"])
        until(partial(_made, found.stacks, name), seconds=60)
    found.listen()
    yield found
    found.home.stop()


def _templates(folder: Path) -> dict[str, Any]:
    bundle()
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    made = build(cdk.App(context={**context, "env": "prod"}, outdir=str(folder))).synth()
    return {each.stack_name: each.template for each in made.stacks}


def _made(stacks: Any, name: str) -> bool:
    [stack] = stacks.describe_stacks(StackName=name)["Stacks"]
    assert "ROLLBACK" not in stack["StackStatus"], stacks.describe_stack_events(StackName=name)["StackEvents"][:5]
    return bool(stack["StackStatus"] == "CREATE_COMPLETE")


def test_a_failed_run_and_its_failed_job_are_told_and_the_alarm_ends(watched: Watched) -> None:
    watched.becomes("CallsFailed", "OK")
    run = watched.run("FAILED")  # the script was never uploaded
    assert "Clean failed" in watched.said(f"{run}: ")
    watched.passes(minutes=1)
    watched.becomes("JobsFailed", "ALARM")
    assert "job run failed" in watched.told("JobsFailed", "ALARM")["AlarmDescription"]
    watched.becomes("CallsFailed", "ALARM")
    message = watched.told("CallsFailed", "ALARM")
    assert (message["OldStateValue"], message["Trigger"]["MetricName"]) == ("OK", "ExecutionsFailed")
    assert "`mill status`" in message["AlarmDescription"]
    watched.passes(minutes=16)
    watched.becomes("CallsFailed", "OK")
    watched.becomes("JobsFailed", "OK")


def test_a_stopped_run_is_told(watched: Watched) -> None:
    watched.passes(minutes=1)
    old = watched.define(WAIT)
    watched.run("ABORTED", stop=True)
    watched.define(json.loads(old))
    watched.passes(minutes=1)
    watched.becomes("CallsAborted", "ALARM")
    assert "stopped" in watched.told("CallsAborted", "ALARM")["AlarmDescription"]
    watched.passes(minutes=16)
    watched.becomes("CallsAborted", "OK")


def test_a_run_over_its_time_is_told(watched: Watched) -> None:
    old = watched.define({**WAIT, "TimeoutSeconds": 1})
    watched.run("TIMED_OUT")
    watched.define(json.loads(old))
    watched.passes(minutes=1)
    watched.becomes("CallsTimedOut", "ALARM")
    watched.told("CallsTimedOut", "ALARM")
    watched.passes(minutes=16)
    watched.becomes("CallsTimedOut", "OK")


def test_a_flow_is_late_until_it_succeeds_and_again_after_more_than_a_day(watched: Watched) -> None:
    watched.passes(minutes=1)
    watched.becomes("CallsLate", "ALARM")  # nothing has succeeded since it was deployed
    old = watched.define(PASS)
    watched.run("SUCCEEDED")
    watched.define(json.loads(old))
    watched.passes(minutes=1)
    watched.becomes("CallsLate", "OK")
    watched.told("CallsLate", "OK")
    watched.heard.clear()
    watched.passes(hours=25)
    watched.stays("CallsLate", "OK")
    watched.passes(hours=4)
    watched.becomes("CallsLate", "ALARM")
    assert "26 hours" in watched.told("CallsLate", "ALARM")["AlarmDescription"]


def test_a_load_that_refuses_too_much_is_told_until_a_better_one(watched: Watched) -> None:
    cloudwatch = _as_the_clean_job(watched)
    for percent, state in ((5.0, "OK"), (5.5, "ALARM"), (1.0, "OK")):
        _put(cloudwatch, namespace="Lakemill", percent=percent)
        watched.passes(minutes=1)
        watched.becomes("CallsQuarantine", state)
        watched.passes(hours=1)  # silence changes nothing
        watched.stays("CallsQuarantine", state)
    assert "mill quarantine show calls" in watched.told("CallsQuarantine", "ALARM")["AlarmDescription"]
    watched.told("CallsQuarantine", "OK")
    assert watched.alarm("CarriersQuarantine")["StateValue"] == "INSUFFICIENT_DATA"


def test_a_dead_letter_is_told_until_there_is_none(watched: Watched) -> None:
    queue = watched.sqs.get_queue_url(QueueName="lakemill-prod-flows-calls-dead-letters")["QueueUrl"]
    watched.sqs.send_message(QueueUrl=queue, MessageBody="an arrival")
    watched.passes(minutes=1)  # in which the queue is counted
    until(lambda: _counted(watched))
    watched.passes(minutes=1)
    watched.becomes("CallsDeadLetters", "ALARM")
    assert "`mill run calls` takes them" in watched.told("CallsDeadLetters", "ALARM")["AlarmDescription"]
    watched.sqs.purge_queue(QueueUrl=queue)
    watched.passes(minutes=21)
    watched.becomes("CallsDeadLetters", "OK")
    watched.told("CallsDeadLetters", "OK")


def _counted(watched: Watched) -> bool:
    """Whether the queue of dead letters was seen with a message in it."""
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=float(watched.clock.read_text()))
    found = watched.cloudwatch.get_metric_statistics(
        Namespace="AWS/SQS", MetricName="ApproximateNumberOfMessagesVisible", Statistics=["Maximum"], Period=60,
        Dimensions=[{"Name": "QueueName", "Value": "lakemill-prod-flows-calls-dead-letters"}],
        StartTime=now - datetime.timedelta(minutes=3), EndTime=now + datetime.timedelta(minutes=1),
    )  # fmt: skip
    return any(each["Maximum"] > 0 for each in found["Datapoints"])


def test_the_clean_job_may_put_metrics_of_the_platform_and_no_others(watched: Watched) -> None:
    cloudwatch = _as_the_clean_job(watched)
    with pytest.raises(cloudwatch.exceptions.ClientError, match="not authorized to perform: cloudwatch:PutMetricData"):
        _put(cloudwatch, namespace="Other", percent=1)
    with pytest.raises(cloudwatch.exceptions.ClientError, match="AWS/ for parameter Namespace is invalid"):
        _put(watched.cloudwatch, namespace="AWS/States", percent=1)


def test_an_alarm_tells_nobody_if_the_topics_policy_does_not_let_it(watched: Watched) -> None:
    topic = watched.sns.create_topic(Name="closed")["TopicArn"]
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    watched.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    watched.cloudwatch.put_metric_alarm(
        AlarmName="mute", Namespace="N", MetricName="M", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=0,
        ComparisonOperator="GreaterThanThreshold", TreatMissingData="breaching", AlarmActions=[topic],
    )  # fmt: skip
    watched.passes(minutes=1)
    log = watched.home.folder / "home.log"
    until(lambda: "alarm mute tells nobody that it is in ALARM" in log.read_text())


def test_an_alarm_that_the_home_could_not_judge_is_refused_when_it_is_made(watched: Watched) -> None:
    metric = {"Id": "m", "Expression": "SUM(METRICS())", "ReturnData": True}
    with pytest.raises(watched.cloudwatch.exceptions.ClientError, match="one metric and not by Metrics"):
        watched.cloudwatch.put_metric_alarm(
            AlarmName="math", Metrics=[metric], EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold"
        )
    assert not watched.cloudwatch.describe_alarms(AlarmNames=["math"])["MetricAlarms"]


def test_a_rule_without_a_role_tells_nobody_as_the_key_lets_in_eventbridge_for_this_account_only(watched: Watched) -> None:
    topic = watched.sns.create_topic(Name="under-the-key", Attributes={"KmsMasterKeyId": _data_key(watched)})["TopicArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    watched.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    events = watched.home.client("events")
    events.put_rule(Name="plain", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="plain", Targets=[{"Id": "topic", "Arn": topic}])
    events.put_events(Entries=[{"Source": "test", "DetailType": "t", "Detail": "{}"}])
    log = watched.home.folder / "home.log"
    until(
        lambda: re.search(r"rule/plain tells nobody: the policy of the key .* does not let events.amazonaws.com", log.read_text()),
        seconds=10,
    )


def test_alarms_their_states_and_the_topics_key_outlive_the_home(watched: Watched, new_home: Callable[..., Home]) -> None:
    names = {each["AlarmName"] for each in watched.cloudwatch.describe_alarms()["MetricAlarms"]}
    state, key = watched.alarm("CallsQuarantine")["StateValue"], _data_key(watched)
    assert state != "INSUFFICIENT_DATA"
    watched.home.stop()
    again = Watched(new_home(watched.home.folder), watched.clock)
    assert {each["AlarmName"] for each in again.cloudwatch.describe_alarms()["MetricAlarms"]} == names
    assert (again.alarm("CallsQuarantine")["StateValue"], _data_key(again)) == (state, key)


def _data_key(watched: Watched) -> str:
    topic = watched.output("flows", "NoticeTopic")
    return str(watched.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"])


def _as_the_clean_job(watched: Watched) -> Any:
    """A client with the clean job's own policy, under a role that a test may assume."""
    role = next(each for each in watched.iam.list_roles()["Roles"] if "CleanRole" in each["RoleName"])
    [name] = watched.iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    document = watched.iam.get_role_policy(RoleName=role["RoleName"], PolicyName=name)["PolicyDocument"]
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "sts:AssumeRole"}
    copy = f"copy-{os.urandom(4).hex()}"
    made = watched.iam.create_role(RoleName=copy, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    watched.iam.put_role_policy(RoleName=copy, PolicyName="p", PolicyDocument=json.dumps(document))
    return watched.home.as_role("cloudwatch", made["Role"]["Arn"])


def _put(cloudwatch: Any, *, namespace: str, percent: float) -> None:
    dimensions = [{"Name": "environment", "Value": "prod"}, {"Name": "dataset", "Value": "calls"}]
    datum = {"MetricName": "QuarantinePercent", "Dimensions": dimensions, "Value": percent, "Unit": "Percent"}
    cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])
