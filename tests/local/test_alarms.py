"""The platform's alarms at home: each metric crosses its line, people are told, and the alarm ends."""

import datetime
import json
import re
from collections.abc import Callable, Iterator

import pytest

from tests.local.conftest import Home, until
from tests.local.watched import Watched, as_the_clean_job, data_key, production, put_share

WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}
PASS = {"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}


@pytest.fixture(scope="module")
def watched(new_home: Callable[..., Home], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    found = production(new_home, tmp_path_factory.mktemp("clock") / "ahead", tmp_path_factory.mktemp("cdk.out"))
    yield found
    found.home.stop()


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
    cloudwatch = as_the_clean_job(watched)
    for percent, state in ((5.0, "OK"), (5.5, "ALARM"), (1.0, "OK")):
        put_share(cloudwatch, namespace="Lakemill", percent=percent)
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
    cloudwatch = as_the_clean_job(watched)
    with pytest.raises(cloudwatch.exceptions.ClientError, match="not authorized to perform: cloudwatch:PutMetricData"):
        put_share(cloudwatch, namespace="Other", percent=1)
    with pytest.raises(cloudwatch.exceptions.ClientError, match="AWS/ for parameter Namespace is invalid"):
        put_share(watched.cloudwatch, namespace="AWS/States", percent=1)


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
    topic = watched.sns.create_topic(Name="under-the-key", Attributes={"KmsMasterKeyId": data_key(watched)})["TopicArn"]
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
    state, key = watched.alarm("CallsQuarantine")["StateValue"], data_key(watched)
    assert state != "INSUFFICIENT_DATA"
    watched.home.stop()
    again = Watched(new_home(watched.home.folder), watched.clock)
    assert {each["AlarmName"] for each in again.cloudwatch.describe_alarms()["MetricAlarms"]} == names
    assert (again.alarm("CallsQuarantine")["StateValue"], data_key(again)) == (state, key)
