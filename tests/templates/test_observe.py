"""Alarms: what they watch, what silence means to each, whom they tell and what they say."""

import json
import re
from typing import Any

import pytest

from lakemill import datasets, metrics
from tests.templates.reading import Platform, Resource, Statement, actions_of, machine_states, text

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
    [machine] = platform.every("AWS::StepFunctions::StateMachine")
    alarm = alarms(platform)[f"Calls{end}"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/States", f"Executions{end}")
    assert dimensions(alarm) == {"StateMachineArn": machine_arn(machine)}
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
    schedule = prod.one("AWS::Scheduler::Schedule", "Calls").properties["ScheduleExpression"]
    assert re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", schedule), "no longer daily: late_hours of prod must change with it"
    assert alarms(prod)["CallsLate"]["EvaluationPeriods"] == 24 + 2


def test_every_dataset_has_an_alarm_on_its_share_of_refused_rows_which_stays_until_a_better_load(platform: Platform) -> None:
    limit = {"dev": 20, "prod": 5}[platform.env]
    for name in datasets.declared():
        alarm = alarms(platform)[f"{name.capitalize()}QuarantineShare"]
        assert (alarm["Namespace"], alarm["MetricName"]) == (metrics.NAMESPACE, "QuarantinePercent")
        assert dimensions(alarm) == {"environment": platform.env, "dataset": name}
        assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == ("Maximum", "GreaterThanThreshold", limit)
        assert alarm["TreatMissingData"] == "ignore"


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
    rule = platform.one("AWS::Events::Rule", "Jobs").properties
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.glue"], ["Glue Job State Change"])
    assert set(pattern["detail"]["state"]) == {"FAILED", "STOPPED", "TIMEOUT"}
    watched = [text(each) for each in pattern["detail"]["jobName"]]
    assert len(watched) == len(platform.every("AWS::Glue::Job"))
    [target] = rule["Targets"]
    assert "NoticesTopic" in text(target["Arn"])
    assert set(target["InputTransformer"]["InputPathsMap"].values()) == {
        f"$.detail.{field}" for field in ("jobName", "jobRunId", "state", "message")
    }


def test_eventbridge_publishes_as_a_role_and_needs_no_statement_of_topic_or_key(platform: Platform) -> None:
    # a key policy that bounds EventBridge to this account does not let it publish to an encrypted topic
    [target] = platform.one("AWS::Events::Rule", "Jobs").properties["Targets"]
    assert text(target["RoleArn"]).startswith("<JobsRole")
    assert actions_of(platform, "JobsRole") == {"sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"}


def test_the_dashboard_shows_runs_rows_and_refused_rows(platform: Platform) -> None:
    [dashboard] = platform.every("AWS::CloudWatch::Dashboard")
    assert dashboard.properties["DashboardName"] == f"lakemill-{platform.env}"
    body = json.loads(text(dashboard.properties["DashboardBody"]))
    assert [each["properties"]["title"] for each in body["widgets"]] == ["Runs of calls", "Rows in", "Rows refused, percent"]


def test_alarms_are_few_and_of_standard_resolution(dev: Platform, prod: Platform) -> None:
    # 0.10 USD a month for each alarm of standard resolution; three dashboards are free
    assert all(alarm["Period"] >= 60 for alarm in (*alarms(dev).values(), *alarms(prod).values()))
    assert (len(alarms(dev)), len(alarms(prod))) == (5, 6)


def test_a_flow_has_its_machine_under_the_name_its_alarms_watch(platform: Platform) -> None:
    for machine in platform.every("AWS::StepFunctions::StateMachine"):
        assert machine_states(machine)
        watched = {dimensions(alarm).get("StateMachineArn") for alarm in alarms(platform).values()}
        assert machine_arn(machine) in watched
