"""`mill run` follows a run to its end, and its exit code says which one it was."""

from datetime import timedelta
from typing import Any

import pytest

from cli.run import start
from tests.cli.conftest import START, Fake
from tests.cli.kinds import Mill


def _clean(seconds: float) -> list[dict[str, Any]]:
    return [
        {"type": "TaskStateEntered", "timestamp": START, "stateEnteredEventDetails": {"name": "Clean"}},
        {"type": "TaskStateExited", "timestamp": START + timedelta(seconds=seconds), "stateExitedEventDetails": {"name": "Clean"}},
    ]


def test_a_run_shows_its_steps_and_the_counts_of_the_ledger(mill: Mill, aws: Fake) -> None:
    aws.events = _clean(8)
    aws.answer = [["dataset", "files", "rows_in", "c", "q", "d"], ["calls", "36", "72000", "71990", "8", "2"]]
    aws.types = ["varchar", *["bigint"] * 5]
    result = mill("run", "calls")
    assert result.exit_code == 0
    assert "Clean" in result.stdout
    assert "8.0 s" in result.stdout
    assert "72,000" in result.stdout
    assert aws.started[0] in aws.asked[0]


def test_a_run_without_new_files_says_that_nothing_changed(mill: Mill, aws: Fake) -> None:
    aws.answer = [["dataset"]]
    aws.types = ["varchar"]
    assert "nothing changed" in mill("run", "calls").stdout


def test_a_failed_run_tells_the_reason_and_where_the_logs_are(mill: Mill, aws: Fake) -> None:
    aws.events = _clean(8)
    aws.ended = {"status": "FAILED", "error": "CleanFailed", "cause": "calls: 3 rows are missing"}
    result = mill("run", "calls")
    assert result.exit_code == 1
    assert "failed: calls: 3 rows are missing." in result.stderr
    assert "/lakemill/dev/jobs" in result.stderr


def test_interrupting_stops_the_watching_and_not_the_run(mill: Mill, aws: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(aws, "describe_execution", interrupted)
    result = mill("run", "calls")
    assert result.exit_code == 130
    assert f"{aws.started[0]} goes on" in result.stderr


def test_an_unknown_flow_is_answered_with_the_deployed_ones(mill: Mill, aws: Fake) -> None:
    result = mill("run", "nope")
    assert result.exit_code == 1
    assert "There are: calls" in result.stderr


def test_a_name_that_is_taken_gets_a_number(aws: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.run.history.execution_name", lambda flow, *, now, attempt: f"{flow}-{attempt}")
    aws.taken = {"calls-1"}
    assert start(aws, "arn", "calls", given={}) == "arn:calls-2"
