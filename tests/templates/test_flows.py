"""State machines: what a run does, step by step, and how it says what went wrong."""

import json
import re
from typing import Any

import pytest
from ministack.services.stepfunctions import _evaluate_jsonata

from tests.templates.reading import Platform, machine_states, text


def states(platform: Platform) -> dict[str, Any]:
    return machine_states(platform.one("AWS::StepFunctions::StateMachine", "Calls"))


def said(expression: str, *, error: dict[str, str]) -> Any:
    return _evaluate_jsonata(expression.removeprefix("{%").removesuffix("%}"), {}, error_output=error)


def test_a_run_cleans_curates_checks_and_tells(platform: Platform) -> None:
    found, path, name = states(platform), [], "Clean"
    while name:
        path.append(name)
        name = found[name].get("Next") or next((each["Next"] for each in found[name].get("Choices", [])), "")
    assert path == ["Clean", "Curate", "Check", "Read the check", "Do rows add up?", "Notify", "Done"]


def test_the_run_id_is_the_name_of_the_execution_and_the_datasets_are_those_of_the_flow(platform: Platform) -> None:
    for step, asked in (("Clean", {"--since", "--until", "--retry"}), ("Curate", set())):
        given = states(platform)[step]["Arguments"]["Arguments"]
        assert (given["--run_id"], given["--datasets"]) == ("{% $states.context.Execution.Name %}", "calls,carriers")
        assert set(given) == {"--run_id", "--datasets", *asked}


@pytest.mark.parametrize(
    ("asked", "since", "until", "retry"),
    [
        ({}, "none", "none", "false"),
        ({"since": "2026-11-01"}, "2026-11-01", "none", "false"),
        ({"since": "2026-11-01", "until": "2026-11-30", "retry": True}, "2026-11-01", "2026-11-30", "true"),
        ({"retry": False}, "none", "none", "false"),
    ],
)
def test_an_execution_may_ask_for_a_range_of_days_and_for_a_retry(
    dev: Platform, asked: dict[str, Any], since: str, until: str, retry: str
) -> None:
    given = states(dev)["Clean"]["Arguments"]["Arguments"]
    context = {"Execution": {"Name": "calls-1", "Input": asked}}
    told = {name: _evaluate_jsonata(given[name].strip("{%}"), {}, context) for name in ("--since", "--until", "--retry")}
    assert told == {"--since": since, "--until": until, "--retry": retry}


def test_a_second_dataset_joins_its_flow_and_a_new_flow_gets_its_machine_without_a_change_of_any_stack(
    dev: Platform, extended: Platform
) -> None:
    clean = states(extended)["Clean"]["Arguments"]["Arguments"]
    assert clean["--datasets"] == "calls,carriers,tariffs"
    assert '"tariffs"' in str(states(extended)["Check"]["Arguments"])
    assert set(extended.outputs("flows")) - set(dev.outputs("flows")) == {"FlowCoffeeOrders"}
    assert extended.exports() < dev.exports()
    assert all("-train:" in name or "ModelsBucket" in name for name in dev.exports() - extended.exports())  # only dev has models here


def test_every_task_is_bounded_in_time_and_repeated_only_after_errors_that_pass(platform: Platform) -> None:
    tasks = {name: state for name, state in states(platform).items() if state["Type"] == "Task"}
    assert len(tasks) == 6
    for name, task in tasks.items():
        assert "TimeoutSeconds" in task or task["Arguments"]["Timeout"] > 0, name
        for retry in task["Retry"]:
            assert all(re.search(r"Throttl|TooMany|Internal|ConcurrentRuns|OperationTimeout", error) for error in retry["ErrorEquals"]), (
                name
            )
    assert json.loads(text(platform.one("AWS::StepFunctions::StateMachine", "Calls").properties["DefinitionString"]))["TimeoutSeconds"] > 0


def test_every_failure_of_a_step_is_told_and_ends_the_run_as_failed(platform: Platform) -> None:
    found = states(platform)
    for name in ("Clean", "Curate", "Check", "Read the check"):
        [catcher] = found[name]["Catch"]
        assert (catcher["ErrorEquals"], catcher["Next"]) == (["States.ALL"], "Notify of failure")
    assert found["Do rows add up?"]["Default"] == "Notify of failure"
    assert found["Notify of failure"]["Next"] == "Failed"
    assert found["Notify of failure"]["Catch"][0]["Next"] == "Failed"
    assert (found["Failed"]["Type"], found["Failed"]["Cause"]) == ("Fail", "{% $reason %}")


GLUE = json.dumps({"JobName": "clean", "JobRunState": "FAILED", "ErrorMessage": "Unaccounted: calls/a.csv: 10 in, 9 out"})
ATHENA = json.dumps({"QueryExecution": {"Status": {"State": "FAILED", "StateChangeReason": "TABLE_NOT_FOUND: line 3:8: no such table"}}})


@pytest.mark.parametrize(
    ("step", "error", "reason"),
    [
        ("Clean", {"Error": "States.TaskFailed", "Cause": GLUE}, "Clean failed: Unaccounted: calls/a.csv: 10 in, 9 out"),
        ("Check", {"Error": "States.TaskFailed", "Cause": ATHENA}, "Check failed: TABLE_NOT_FOUND: line 3:8: no such table"),
        ("Curate", {"Error": "Glue.AccessDeniedException", "Cause": "User is not authorized"}, "Curate failed: User is not authorized"),
        ("Curate", {"Error": "States.Timeout"}, "Curate failed: States.Timeout"),
        ("Curate", {"Error": "States.Timeout", "Cause": ""}, "Curate failed: States.Timeout"),
        ("Clean", {"Error": "States.TaskFailed", "Cause": '{"JobRunState": "STOPPED"}'}, 'Clean failed: {"JobRunState": "STOPPED"}'),
    ],
)
def test_the_reason_of_a_failure_is_a_sentence_and_no_blob(dev: Platform, step: str, error: dict[str, str], reason: str) -> None:
    [catcher] = states(dev)[step]["Catch"]
    assert said(catcher["Assign"]["reason"], error=error) == reason


def test_rows_that_do_not_add_up_fail_the_run_with_the_counts(dev: Platform) -> None:
    assign = states(dev)["Read the check"]["Assign"]
    header, row = (
        {"Data": [{"VarCharValue": value} for value in values]}
        for values in (("believed", "sentence", "explanation"), ("false", "calls: 2 in", "rows do not add up: calls: 2 in, 1 cleaned"))
    )
    result = {"ResultSet": {"Rows": [header, row]}}
    values = {name: _evaluate_jsonata(text.strip("{%}"), {}, result=result) for name, text in assign.items()}
    assert values == {
        "believed": False,
        "sentence": "calls: 2 in",
        "reason": "Check failed: rows do not add up: calls: 2 in, 1 cleaned",
    }


def test_machines_log_every_step_without_its_data_and_are_traced(platform: Platform) -> None:
    for machine in platform.every("AWS::StepFunctions::StateMachine"):
        logging = machine.properties["LoggingConfiguration"]
        assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
        assert machine.properties["TracingConfiguration"] == {"Enabled": True}


def test_a_machine_waits_for_the_policy_of_its_role(platform: Platform) -> None:
    policies = {each.id for each in platform.every("AWS::IAM::Policy")}
    for machine in platform.every("AWS::StepFunctions::StateMachine"):
        assert policies & set(machine.body["DependsOn"])


def test_flows_run_by_the_clock_only_where_the_environment_says_so(dev: Platform, prod: Platform) -> None:
    for flow, cron in (("Calls", "cron(0 3 * * ? *)"), ("Maintenance", "cron(0 1 * * ? *)")):
        schedule = prod.one("AWS::Scheduler::Schedule", flow)
        assert schedule.properties["ScheduleExpression"] == cron
        assert text(schedule.properties["Target"]["Arn"]).startswith(f"<{flow}Machine")
    assert not dev.every("AWS::Scheduler::Schedule", none_is_fine=True)


def test_the_topic_is_encrypted_and_subscribes_the_address_in_the_settings(dev: Platform, optional: Platform) -> None:
    [topic] = dev.every("AWS::SNS::Topic")
    assert "DataKey" in text(topic.properties["KmsMasterKeyId"])
    assert not dev.every("AWS::SNS::Subscription", none_is_fine=True)
    [subscription] = optional.every("AWS::SNS::Subscription")
    assert (subscription.properties["Protocol"], subscription.properties["Endpoint"]) == ("email", "ops@example.org")
