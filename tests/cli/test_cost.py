"""`mill cost`: the sum, what it is made of, what it leaves out, and what a run used."""

import json
from pathlib import Path
from typing import Any

import pytest

from cli.clients import At
from cli.cost import deployed, idle
from cli.cost.templates import read
from cli.platform import Platform
from tests.cli.conftest import Fake
from tests.cli.kinds import Mill

KEY = {"Type": "AWS::KMS::Key"}
ALARM = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Period": 300}}
BOARD = {"Type": "AWS::CloudWatch::Dashboard"}
JOB, MACHINE = "arn:aws:states:::glue:startJobRun.sync", "arn:aws:states:eu-west-1:000000000000:stateMachine:calls"


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The templates that the command finds."""
    found = {"storage": template(Key=KEY), "observe": template(A=ALARM, B=ALARM, C=BOARD)}
    monkeypatch.setattr("cli.cost.command.synthesized", lambda env: found)
    return found


def test_a_month_is_summed_by_stage(mill: Mill, made: dict[str, dict[str, Any]]) -> None:
    result = mill("cost", "--format", "json")
    assert [(each["stage"], each["units"], each["usd"]) for each in json.loads(result.stdout)] == [
        ("storage", 1, 1.0),
        ("observe", 2, 0.2),
        ("observe", 1, 0.0),
        ("all", None, 1.2),
    ]
    assert mill("cost", "--format", "csv").stdout.splitlines()[-1] == "all,a month in which nothing runs,,1.20"


def test_the_table_says_where_and_when_its_prices_were_read_and_which_to_check(mill: Mill, made: dict[str, dict[str, Any]]) -> None:
    text = " ".join(mill("cost").stdout.split())
    assert "USD in us-east-1, prices read on 2026-11-21" in text
    assert "so check: alarm of high resolution, alarm of standard resolution, crawler, custom dashboard, data scanned, " in text
    assert "Not counted: requests to S3, KMS and Keyspaces" in text


def test_a_type_that_nobody_has_priced_is_said_aloud(mill: Mill, made: dict[str, dict[str, Any]]) -> None:
    made["ingest"] = template(Stream={"Type": "AWS::Kinesis::Stream"}, Key=KEY)
    result = mill("cost", "--format", "csv")
    assert "not priced: 1 of AWS::Kinesis::Stream. The sum is too small; add a rule to cli/cost/rules.py" in result.stderr
    assert result.stdout.splitlines()[-1].endswith(",2.20")


def test_free_units_are_given_once_to_all_stages() -> None:
    boards = {str(number): BOARD for number in range(2)}
    found = idle({"process": template(**boards), "observe": template(**boards)})
    assert [each.usd for each in found.stages] == [0, 3.0]


def test_alarms_on_several_metrics_and_quick_ones_cost_more() -> None:
    several = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": [{"MetricStat": {"Period": 60}}] * 2 + [{"Expression": "a+b"}]}}
    quick = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Period": 10}}
    assert idle({"observe": template(A=several)}).usd == pytest.approx(0.20)
    assert idle({"observe": template(A=quick)}).usd == pytest.approx(0.30)


@pytest.fixture
def ran(aws: Fake, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A run of one job, tried twice, and one query."""
    states = {
        "Clean": {"Type": "Task", "Resource": JOB, "Arguments": {"JobName": "clean-job"}},
        "Check": {"Type": "Task", "Resource": "arn:aws:states:::athena:startQueryExecution.sync"},
        "Notify": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish"},
        "Done": {"Type": "Succeed"},
    }

    def entered(name: str) -> dict[str, Any]:
        return {"type": f"{states[name]['Type']}StateEntered", "stateEnteredEventDetails": {"name": name}}

    query = {"type": "TaskSucceeded", "taskSucceededEventDetails": {"output": json.dumps({"QueryExecution": {"QueryExecutionId": "q"}})}}
    again = [{"type": "TaskScheduled"}] * 2
    aws.events = [entered("Clean"), *again, entered("Check"), again[0], query, entered("Notify"), again[0], entered("Done")]
    runs = [
        {"Arguments": {"--run_id": name}, "WorkerType": "G.2X", "NumberOfWorkers": 2, "ExecutionTime": seconds}
        for name, seconds in (("calls-1", 3), ("calls-1", 90), ("calls-2", 900))
    ]
    monkeypatch.setattr(aws.exceptions, "ExecutionDoesNotExist", KeyError, raising=False)
    monkeypatch.setattr(aws, "describe_state_machine", lambda **_: {"definition": json.dumps({"States": states})}, raising=False)
    monkeypatch.setattr(aws, "get_job_runs", lambda **_: {"JobRuns": runs}, raising=False)
    return aws


def test_a_run_is_its_jobs_by_the_second_with_their_retries_its_transitions_its_queries_and_notices(mill: Mill, ran: Fake) -> None:
    found = json.loads(mill("cost", "--run", "calls-1", "--home", "aws", "--format", "json").stdout)
    assert [(each["what"], each["used"]) for each in found] == [
        ("Glue clean-job", "4 DPU, 3 s"),
        ("Glue clean-job", "4 DPU, 90 s"),
        ("Step Functions", "5 transitions"),  # four states, and one of them twice
        ("Athena", "1 queries, 1,500 bytes"),
        ("SNS", "1 notices"),
        ("all", None),
    ]
    assert [each["usd"] for each in found][:2] == [0.0293, 0.0440]  # a minute at least, then by the second
    assert found[3]["usd"] == pytest.approx(10 * 5 / 1024**2, abs=1e-4)


def test_the_jobs_that_sagemaker_ran_are_paid_by_the_second_and_instance(mill: Mill, ran: Fake) -> None:
    hour = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2}
    applied = {"TransformResources": hour, "TransformStartTime": 0, "TransformEndTime": 1000}
    told = {
        "createTrainingJob.sync": {"ResourceConfig": hour, "BillableTimeInSeconds": 3600},
        "arn:aws:states:::sagemaker:createTransformJob.sync": applied,
        "createModel": {"ModelArn": "m"},
    }
    for resource, output in told.items():
        ran.events.append({"type": "TaskSucceeded", "taskSucceededEventDetails": {"resource": resource, "output": json.dumps(output)}})
    found = json.loads(mill("cost", "--run", "calls-1", "--home", "aws", "--format", "json").stdout)
    assert [(each["what"], each["used"], each["usd"]) for each in found if "SageMaker" in each["what"]] == [
        ("SageMaker training", "2 ml.m5.xlarge, 3600 s", 0.46),
        ("SageMaker transform", "2 ml.m5.xlarge, 1 s", 0.0001),
    ]


def test_a_run_that_is_none_is_answered_with_the_flows(mill: Mill, ran: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Runs begin with one of: calls" in mill("cost", "--run", "nope", "--home", "aws").stderr

    def gone(**_: Any) -> None:
        raise KeyError

    monkeypatch.setattr(ran, "get_execution_history", gone)
    assert "there is no run 'calls-9'" in mill("cost", "--run", "calls-9", "--home", "aws").stderr


def test_templates_are_read_in_the_order_in_which_data_flows(tmp_path: Path) -> None:
    for name in ("dev-storage", "dev-observe", "dev-catalog", "dev-another", "prod-storage"):
        (tmp_path / f"lakemill-{name}.template.json").write_text(json.dumps(template(Key=KEY)))
    assert list(read(tmp_path, env="dev")) == ["storage", "catalog", "observe", "another"]


def test_what_is_deployed_is_read_from_its_stacks(aws: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    del aws.outputs["observe"]
    monkeypatch.setattr(aws, "get_template", lambda **_: {"TemplateBody": json.dumps(template(Key=KEY))}, raising=False)
    found = deployed(Platform(aws, env="dev", at=At.AWS))  # type: ignore[arg-type]
    assert "observe" not in found
    assert idle(found).usd == len(found)
