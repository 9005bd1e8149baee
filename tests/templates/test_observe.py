"""Alarms: what they watch, what silence means to each, whom they tell and what they say."""

import json
import re
from typing import Any

import pytest

from lakemill import datasets, metrics
from tests.templates.reading import Platform, Resource, Statement, machine_states, text

Alarm = dict[str, Any]


def alarms(platform: Platform) -> dict[str, Alarm]:
    """All alarms by the beginning of their logical id."""
    return {re.sub(r"Alarm[0-9A-F]{8}$", "", each.id): dict(each.properties) for each in platform.every("AWS::CloudWatch::Alarm")}


def dimensions(alarm: Alarm) -> dict[str, str]:
    return {each["Name"]: text(each["Value"]) for each in alarm["Dimensions"]}


def machine_arn(machine: Resource) -> str:
    return f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:{machine.properties['StateMachineName']}"


@pytest.fixture(params=["Failed", "TimedOut", "Aborted"])
def end(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_one_run_of_a_flow_that_does_not_succeed_is_told_within_minutes(platform: Platform, end: str) -> None:
    for flow in ("Calls", "Maintenance", "Segments"):
        alarm = alarms(platform)[f"{flow}{end}"]
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/States", f"Executions{end}")
        assert dimensions(alarm) == {"StateMachineArn": machine_arn(platform.one("AWS::StepFunctions::StateMachine", flow))}
        assert (alarm["Statistic"], alarm["Period"], alarm["EvaluationPeriods"]) == ("Sum", 300, 1)
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)


def test_the_end_of_a_failure_alarm_means_nothing_and_is_not_told(platform: Platform, end: str) -> None:
    alarm = alarms(platform)[f"Calls{end}"]
    assert alarm["TreatMissingData"] == "notBreaching"
    assert "OKActions" not in alarm


def test_a_flow_is_late_where_the_environment_says_after_how_many_hours(dev: Platform, prod: Platform) -> None:
    assert "CallsLate" not in alarms(dev)
    late = alarms(prod)["CallsLate"]
    assert late["MetricName"] == "ExecutionsSucceeded"
    assert late["Period"] * late["EvaluationPeriods"] == 26 * 3600
    assert late["DatapointsToAlarm"] == late["EvaluationPeriods"]
    assert (late["ComparisonOperator"], late["Threshold"], late["TreatMissingData"]) == ("LessThanThreshold", 1, "breaching")


def test_a_daily_schedule_leaves_two_hours_for_the_run_before_it_is_late(prod: Platform) -> None:
    for flow in ("Calls", "Maintenance"):
        schedule = prod.one("AWS::Scheduler::Schedule", flow).properties["ScheduleExpression"]
        assert re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", schedule), "no longer daily: late_hours of prod must change with it"
        assert alarms(prod)[f"{flow}Late"]["EvaluationPeriods"] == 24 + 2


def test_every_dataset_has_an_alarm_on_its_share_of_refused_rows_which_stays_until_a_better_load(platform: Platform) -> None:
    limit = {"dev": 20, "prod": 5}[platform.env]
    for name in datasets.of_files():
        alarm = alarms(platform)[f"{name.capitalize()}QuarantineShare"]
        assert (alarm["Namespace"], alarm["MetricName"]) == (metrics.NAMESPACE, "QuarantinePercent")
        assert dimensions(alarm) == {"environment": platform.env, "dataset": name}
        assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Maximum", "GreaterThanThreshold", limit)
        assert alarm["TreatMissingData"] == "ignore"


def test_a_dead_letter_is_told_until_there_is_none_where_files_start_runs(dev: Platform, prod: Platform) -> None:
    assert "CallsDeadLettersDepth" not in alarms(dev)
    queue = prod.one("AWS::SQS::Queue", "CallsArrivalDeadLetters")
    alarm = alarms(prod)["CallsDeadLettersDepth"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert dimensions(alarm) == {"QueueName": queue.properties["QueueName"]}
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Maximum", "GreaterThanThreshold", 0)
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["OKActions"] == alarm["AlarmActions"]


def test_every_alarm_tells_the_notices_topic_and_says_what_to_do_next(platform: Platform) -> None:
    for name, alarm in alarms(platform).items():
        [action] = alarm["AlarmActions"]
        assert "ExportsOutputRefNoticesTopic" in text(action), name
        assert alarm.get("OKActions", [action]) == [action]
        assert re.search(r"`mill (status|run|quarantine)", text(alarm["AlarmDescription"])), name
        assert len(text(alarm["AlarmDescription"])) < 1024


def test_trap_3_topic_and_key_let_alarms_in(platform: Platform) -> None:
    [topic] = platform.every("AWS::SNS::Topic")
    [policy] = platform.every("AWS::SNS::TopicPolicy")
    [key] = platform.every("AWS::KMS::Key")
    assert "DataKey" in text(topic.properties["KmsMasterKeyId"])
    for document, actions in (
        (policy.properties["PolicyDocument"], {"sns:Publish"}),
        (key.properties["KeyPolicy"], {"kms:Decrypt", "kms:GenerateDataKey"}),
    ):
        [statement] = [each for raw in document["Statement"] if "cloudwatch.amazonaws.com" in (each := Statement.of("", raw)).services]
        assert statement.effect == "Allow"
        assert actions <= set(statement.actions)
        assert text(statement.conditions["StringEquals"]["aws:SourceAccount"]) == "<AWS::AccountId>"


def test_a_job_run_that_ends_badly_is_told_whoever_started_it(platform: Platform) -> None:
    rule = platform.one("AWS::Events::Rule", "Jobs")
    pattern = rule.properties["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.glue"], ["Glue Job State Change"])
    assert set(pattern["detail"]["state"]) == {"FAILED", "STOPPED", "TIMEOUT"}
    assert len({text(each) for each in pattern["detail"]["jobName"]}) == len(platform.every("AWS::Glue::Job"))
    alarm = alarms(platform)["JobsFailed"]
    assert (alarm["Namespace"], alarm["MetricName"], dimensions(alarm)) == ("AWS/Events", "TriggeredRules", {"RuleName": f"<{rule.id}>"})
    assert (alarm["Statistic"], alarm["Threshold"], alarm["TreatMissingData"]) == ("Sum", 0, "notBreaching")
    assert "OKActions" not in alarm


def test_no_rule_publishes_to_an_encrypted_topic(platform: Platform) -> None:
    # a key policy that bounds EventBridge to this account keeps it out, and nobody would see an error
    assert not [
        rule.id
        for rule in platform.every("AWS::Events::Rule")
        for target in rule.properties.get("Targets", [])
        if "NoticesTopic" in text(target["Arn"])
    ]


def test_the_dashboard_shows_runs_rows_refused_rows_and_dead_letters(platform: Platform) -> None:
    [dashboard] = platform.every("AWS::CloudWatch::Dashboard")
    assert dashboard.properties["DashboardName"] == f"lakemill-{platform.env}"
    body = json.loads(text(dashboard.properties["DashboardBody"]))
    assert [each["properties"]["title"] for each in body["widgets"]] == [
        "Runs of calls",
        "Runs of maintenance",
        "Runs of segments",
        *(["Arrivals that started nothing"] if platform.env == "prod" else []),
        "Rows in",
        "Rows refused, percent",
    ]


def test_alarms_are_few_and_of_standard_resolution(dev: Platform, prod: Platform) -> None:
    # each is 0.10 USD a month, so dev costs 1.20 when idle; three dashboards and the events of services are free,
    # and a metric of the clean job costs 0.30 a month only if there are loads in all hours
    assert all(alarm["Period"] >= 60 for alarm in (*alarms(dev).values(), *alarms(prod).values()))
    assert (len(alarms(dev)), len(alarms(prod))) == (12, 15)


def test_a_flow_has_its_machine_under_the_name_its_alarms_watch(platform: Platform) -> None:
    for machine in platform.every("AWS::StepFunctions::StateMachine"):
        assert machine_states(machine)
        watched = {dimensions(alarm).get("StateMachineArn") for alarm in alarms(platform).values()}
        assert machine_arn(machine) in watched
