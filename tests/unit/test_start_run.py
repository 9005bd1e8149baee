"""The function that starts a run for files that have arrived, with a state machine that only counts."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.functions import NOON, FakeGlue, FakeSteps, load

start_run = load("flows_start_run")


class Starter:
    """The function against a fake state machine."""

    def __init__(self) -> None:
        self.steps = FakeSteps()
        self.glue = FakeGlue()
        self.shelves = start_run.Shelves(self.glue, database="raw", crawlers={"calls": "looks-at-calls"})

    def take(self, *records: dict[str, Any]) -> list[str]:
        """The ids that come again."""
        machine = start_run.Machine(self.steps, arn="the machine")
        answer = start_run.answer(records, machine=machine, shelves=self.shelves, now=self.steps.now)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    @property
    def runs(self) -> list[str]:
        return list(self.steps.executions)


@pytest.fixture
def starter() -> Starter:
    return Starter()


def event(key: str, *, landed: datetime = NOON - timedelta(minutes=1), **file: str) -> dict[str, Any]:
    """An event as AWS documents it for Object Created."""
    return {
        "version": "0",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "time": f"{landed:%Y-%m-%dT%H:%M:%SZ}",
        "detail": {"bucket": {"name": "raw"}, "object": {"key": key, "size": 5, "etag": "e1", **file}, "reason": "PutObject"},
    }


def message(identifier: str, body: Any = None, **given: Any) -> dict[str, Any]:
    found = body if isinstance(body, str) else json.dumps(body if body is not None else event(f"calls/{identifier}.csv", **given))
    return {"messageId": identifier, "body": found}


def test_files_start_one_run_and_their_messages_are_done(starter: Starter) -> None:
    assert starter.take(message("a"), message("b")) == []
    assert len(starter.runs) == 1


def test_the_name_tells_arrival_and_is_one_step_functions_takes(starter: Starter) -> None:
    starter.take(message("a"))
    [name] = starter.runs
    assert name.startswith("arrival-")
    assert len(name) <= 80
    assert name.replace("-", "").isalnum()


def test_a_batch_delivered_twice_starts_nothing_twice(starter: Starter) -> None:
    starter.take(message("a"), message("b"))
    assert starter.take(message("b"), message("a"), message("a")) == []
    starter.steps.end()
    assert starter.take(message("a"), message("b")) == []
    assert len(starter.runs) == 1


def test_a_batch_delivered_twice_starts_nothing_twice_even_if_the_first_run_is_not_listed_yet(starter: Starter) -> None:
    starter.steps.blind = True
    assert starter.take(message("a"), message("b")) == []
    assert starter.take(message("b"), message("a")) == []
    assert len(starter.runs) == 1


def test_a_batch_of_a_run_that_has_ended_and_is_not_listed_comes_again_and_starts_nothing_twice(starter: Starter) -> None:
    starter.take(message("a"))
    starter.steps.end()
    starter.steps.blind = True
    assert starter.take(message("a")) == ["a"]
    starter.steps.blind = False
    assert starter.take(message("a")) == []
    assert len(starter.runs) == 1


def test_of_two_starters_that_see_the_same_runs_one_starts_the_next(starter: Starter) -> None:
    starter.take(message("before"))
    starter.steps.end()
    for number in (1, 2):
        starter.steps.later(60)
        first, second = (message(f"{each}{number}", landed=starter.steps.now) for each in "ab")
        listed = starter.steps.list_executions(stateMachineArn="the machine")
        starter.steps.later(30)
        assert starter.take(first) == []
        starter.steps.listed = listed
        assert starter.take(second) == [f"b{number}"]
        starter.steps.listed = None
        assert starter.take(second) == []  # the run that the other started began after the file had landed
        starter.steps.end()
        assert len(starter.runs) == 1 + number


def test_a_name_that_is_taken_by_no_listed_run_is_given_up_within_the_hour(starter: Starter) -> None:
    starter.take(message("a"))
    starter.steps.end()
    starter.steps.blind = True
    starter.steps.later(3599)
    assert starter.take(message("b")) == ["b"]
    starter.steps.later(1)
    assert starter.take(message("b")) == []


@pytest.mark.parametrize("ending", ["FAILED", "TIMED_OUT", "ABORTED"])
def test_files_of_a_run_that_failed_may_run_again_as_often_as_it_fails(starter: Starter, ending: str) -> None:
    for attempt in (1, 2, 3):
        assert starter.take(message("a")) == []
        assert len(starter.runs) == attempt
        starter.steps.end(ending)
        starter.steps.later(60)
    assert len({each["input"] for each in starter.steps.executions.values()}) == 1


def test_another_version_of_a_file_is_another_file(starter: Starter) -> None:
    for given in ({"etag": "e1"}, {"etag": "e2"}, {"etag": "e2", "version-id": "v1"}, {"etag": "e2", "version-id": "v2"}):
        starter.take(message("a", event("calls/a.csv", landed=starter.steps.now, **given)))
        starter.steps.end()
        starter.steps.later(60)
    assert len(set(starter.runs)) == 4


def test_a_file_that_lands_while_a_run_goes_on_comes_again_and_is_in_the_next_run(starter: Starter) -> None:
    starter.take(message("a"))
    starter.steps.later(30)
    late = message("late", landed=starter.steps.now)
    starter.steps.later(30)
    assert starter.take(late) == ["late"]
    starter.steps.end()
    assert starter.take(late) == []
    assert len(starter.runs) == 2


def test_a_file_that_landed_within_the_margin_before_a_run_began_is_not_taken_for_granted(starter: Starter) -> None:
    starter.take(message("a"))
    close = message("close", landed=NOON - timedelta(seconds=4))
    assert starter.take(close) == ["close"]


def test_files_that_landed_before_a_run_began_are_in_it_and_start_no_other(starter: Starter) -> None:
    starter.take(message("a"))
    assert starter.take(message("b")) == []
    starter.steps.end()
    assert starter.take(message("c")) == []
    assert len(starter.runs) == 1


def test_a_run_that_failed_has_taken_nothing(starter: Starter) -> None:
    starter.take(message("a"))
    starter.steps.end("FAILED")
    assert starter.take(message("b")) == []
    assert len(starter.runs) == 2


def test_a_run_that_a_person_started_may_leave_files_out_so_files_wait_for_its_end(starter: Starter) -> None:
    starter.steps.start_execution(stateMachineArn="the machine", name="by-hand", input="{}")
    assert starter.take(message("a"), message("b")) == ["a", "b"]
    starter.steps.end()
    assert starter.take(message("a"), message("b")) == []
    assert len(starter.runs) == 2


def test_a_run_that_goes_on_is_seen_however_many_ended_since(starter: Starter) -> None:
    starter.steps.start_execution(stateMachineArn="the machine", name="long", input="{}")
    for number in range(200):
        starter.steps.later(1)
        starter.steps.executions[f"short-{number}"] = {"name": f"short-{number}", "status": "SUCCEEDED", "startDate": starter.steps.now}
    assert starter.take(message("a", landed=starter.steps.now)) == ["a"]


@pytest.mark.parametrize("key", ["calls/", "calls/_SUCCESS", "calls/.part", "calls/2026/_temporary", "calls/2026/"])
def test_marks_of_folders_and_hidden_names_start_nothing_and_do_not_come_again(starter: Starter, key: str) -> None:
    assert starter.take(message("mark", event(key))) == []
    assert starter.runs == []


BROKEN: list[Any] = [
    "", "no json", "[]", "null", "7", "{}", '{"detail": null}', "[" * 100_000,
    {"detail": {"object": {}}, "time": "2026-11-21T12:00:00Z"},
    {"detail": {"object": {"key": "calls/a.csv"}}, "time": "2026-11-21T12:00:00Z"},
    {"detail": {"object": {"key": 7, "etag": "e"}}, "time": "2026-11-21T12:00:00Z"},
    {"detail": {"object": {"key": "calls/a.csv", "etag": ["e"]}}, "time": "2026-11-21T12:00:00Z"},
    {"detail": {"object": {"key": "calls/a.csv", "etag": "e"}}},
    {"detail": {"object": {"key": "calls/a.csv", "etag": "e"}}, "time": "yesterday"},
    {"detail": {"object": {"key": "calls/a.csv", "etag": "e"}}, "time": "2026-11-21T12:00:00"},
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
def test_a_message_that_is_no_event_comes_again_alone_and_does_not_hold_up_the_rest(starter: Starter, body: Any) -> None:
    assert starter.take(message("a"), message("bad", body), message("b")) == ["bad"]
    assert len(starter.runs) == 1


def test_only_messages_that_are_no_events_start_nothing(starter: Starter) -> None:
    assert starter.take(message("bad", "no json")) == ["bad"]
    assert starter.runs == []


def test_hostile_names_are_only_names(starter: Starter) -> None:
    names = ["calls/../x.csv", "calls/a\nb.csv", "calls/\u202eb.csv", 'calls/"}.csv', "calls/" + "ä" * 500, "calls/\ud800.csv"]
    assert starter.take(*(message(str(number), event(name)) for number, name in enumerate(names))) == []
    assert len(starter.runs) == 1


def test_the_log_is_one_line_of_json_per_fact_and_quotes_no_message(starter: Starter, capsys: pytest.CaptureFixture[str]) -> None:
    starter.take(message("a"), message("bad", '"0501234567 in the message"'))
    starter.take(message("late", landed=NOON + timedelta(seconds=30)))
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["not an event of S3", "run started", "another run goes on"]
    assert json.loads(lines[1])["run"] in starter.runs
    assert "0501234567" not in "".join(lines)


def keyed(*keys: str) -> list[dict[str, Any]]:
    return [message(key, event(key)) for key in keys]


@pytest.mark.parametrize("key", ["calls/year=2026/month=11/a.csv", "calls/2026/11/a.csv"])
def test_a_folder_that_is_no_partition_starts_the_crawler_beside_the_run(starter: Starter, key: str) -> None:
    starter.glue.partitions = [["2026", "10"]]
    assert starter.take(*keyed(key)) == []
    assert (starter.glue.crawls, len(starter.runs)) == (["looks-at-calls"], 1)


def test_a_folder_that_is_a_partition_starts_none(starter: Starter) -> None:
    starter.glue.partitions = [["2026", "11"]]
    starter.take(*keyed("calls/2026/11/a.csv", "calls/2026/11/b.csv"))
    assert (starter.glue.crawls, starter.glue.asked) == ([], 1)


def test_files_in_no_folder_of_their_dataset_and_those_of_others_ask_nothing(starter: Starter) -> None:
    starter.take(*keyed("calls/a.csv", "carriers/2026/a.csv"))
    assert (starter.glue.crawls, starter.glue.asked) == ([], 0)


def test_a_crawl_that_goes_on_or_a_catalog_that_does_not_answer_changes_nothing_for_the_run(
    starter: Starter, capsys: pytest.CaptureFixture[str]
) -> None:
    starter.glue.crawls = ["looks-at-calls"]
    assert starter.take(*keyed("calls/2026/11/a.csv")) == []
    starter.steps.end()
    starter.glue.broken = True
    starter.steps.later(3600)
    assert starter.take(message("b", event("calls/2026/12/b.csv", landed=NOON + timedelta(minutes=30)))) == []
    assert len(starter.runs) == 2
    said = capsys.readouterr().out
    assert "a crawl goes on" in said
    assert "RuntimeError" in said


def test_of_many_folders_only_the_last_are_looked_up(starter: Starter) -> None:
    starter.glue.partitions = [[f"{day:03}"] for day in range(100)]
    starter.take(*keyed(*(f"calls/{day:03}/a.csv" for day in range(100))))
    assert starter.glue.asked == 20
