"""A run's history, read as the steps a person waits for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cli.history import execution_name, reason, steps

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def _event(kind: str, second: int, name: str = "") -> dict[str, Any]:
    event: dict[str, Any] = {"type": kind, "timestamp": START + timedelta(seconds=second)}
    if kind.endswith("StateEntered"):
        event["stateEnteredEventDetails"] = {"name": name}
    if kind.endswith("StateExited"):
        event["stateExitedEventDetails"] = {"name": name}
    return event


def _task(name: str, first: int, last: int) -> list[dict[str, Any]]:
    return [_event("TaskStateEntered", first, name), _event("TaskSucceeded", last), _event("TaskStateExited", last, name)]


def test_steps_come_in_the_order_in_which_they_ran_with_their_seconds() -> None:
    found = steps([_event("ExecutionStarted", 0), *_task("Clean", 1, 9), *_task("Curate", 9, 12), _event("ExecutionSucceeded", 12)])
    assert [(step.name, step.seconds, step.failed) for step in found] == [("Clean", 8, False), ("Curate", 3, False)]


def test_a_step_under_way_has_no_end() -> None:
    (step,) = steps([_event("TaskStateEntered", 1, "Clean"), _event("TaskScheduled", 1)])
    assert step.left is None
    assert not step.failed


def test_choices_and_ends_are_no_steps() -> None:
    events = [
        _event("ChoiceStateEntered", 0, "Balanced?"),
        _event("ChoiceStateExited", 0, "Balanced?"),
        _event("SucceedStateEntered", 1, "Done"),
    ]
    assert steps(events) == ()


def test_a_caught_fault_marks_the_step_it_happened_in() -> None:
    events = [
        _event("TaskStateEntered", 0, "Clean"),
        _event("TaskFailed", 5),
        _event("TaskStateExited", 5, "Clean"),
        *_task("Notify", 5, 6),
    ]
    assert [(step.name, step.failed) for step in steps(events)] == [("Clean", True), ("Notify", False)]


def test_a_retry_that_succeeds_leaves_no_fault() -> None:
    kinds = ["TaskScheduled", "TaskFailed", "TaskScheduled", "TaskSucceeded"]
    events = [_event("TaskStateEntered", 0, "Clean"), *(_event(kind, 1) for kind in kinds), _event("TaskStateExited", 2, "Clean")]
    assert [step.failed for step in steps(events)] == [False]


def test_an_execution_that_ends_early_ends_its_open_step_as_failed() -> None:
    (step,) = steps([_event("TaskStateEntered", 0, "Clean"), _event("ExecutionAborted", 7)])
    assert (step.seconds, step.failed) == (7, True)


def test_the_reason_is_the_cause() -> None:
    assert reason("RunFailed", "3 rows are missing") == "3 rows are missing"


def test_the_reason_is_taken_out_of_a_services_json() -> None:
    assert reason("States.TaskFailed", '{"JobRunState": "FAILED", "ErrorMessage": "no such bucket"}') == "no such bucket"


def test_the_error_stands_in_for_an_absent_cause() -> None:
    assert reason("States.Timeout", "") == "States.Timeout"


def test_executions_are_named_by_flow_and_time_in_utc() -> None:
    assert execution_name("calls", now=START) == "calls-20261121T093000Z"


def test_several_executions_of_one_second_get_numbers() -> None:
    assert execution_name("calls", now=START, attempt=3) == "calls-20261121T093000Z-3"
