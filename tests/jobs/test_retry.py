"""Refused rows are judged again after a fix: those that pass move exactly once, wherever a retry dies."""

from dataclasses import replace

import pytest
from lake import HEADER, Lake

from lakemill import retry
from lakemill.datasets import dataset
from lakemill.declare import Dataset

pytestmark = pytest.mark.slow


def call(number: int, *, seconds: int = 42) -> str:
    return f"10-01-2019 09:12,{number:013d},{number:013d},{seconds},3,200"


def declare(lake: Lake, declared: Dataset) -> None:
    lake.clean.declared = lambda name: declared


@pytest.fixture
def refused(lake: Lake) -> Lake:
    """A file with three rows against a rule (two of them equal) and a broken one, and a file refused as a whole; the rule is gone now."""
    lake.put("calls/a.csv", "\n".join([HEADER, call(1), "", call(2, seconds=-1), "bad", call(2, seconds=-1), call(3, seconds=-3)]))
    lake.put("calls/b.csv", "\n".join([f"{HEADER},mood", f"{call(3, seconds=-3)},sad", f"{call(4)},glad", "bad"]))
    lake.clean_run("first", schema_policy="strict")
    assert lake.sums() == (8, 1, 7, 0, 1, 7)
    declare(lake, replace(dataset("calls"), rules=()))
    return lake


MOVED = (8, 4, 2, 2, 4, 2)


def test_rows_that_pass_after_a_fix_move_once_and_the_ledger_stays_right(refused: Lake, capsys: pytest.CaptureFixture[str]):
    refused.clean_run("again", retry="true")
    assert "calls: retry: 2 files, 0 rows in: 3 cleaned, -5 quarantined, 2 duplicate" in capsys.readouterr().out
    assert refused.sums() == MOVED
    lines = refused.rows("select source_file, line, reason, raw, retried_by from quarantine.calls order by 1")
    assert lines == [("calls/a.csv", 5, "broken_line", "bad", None), ("calls/b.csv", 4, "broken_line", "bad", None)]
    assert refused.rows("select run_id, count(*) from cleaned.calls group by 1 order by 1") == [("again", 3), ("first", 1)]
    refused.clean_run("once more", retry="true")
    assert "calls: retry: no refused row passes" in capsys.readouterr().out
    assert refused.sums() == MOVED


@pytest.mark.parametrize(
    ("step", "after"),
    [("write_refused", True), ("append", False), ("append", True), ("write_ledger", True), ("_leave", True)],
)
def test_a_retry_that_dies_after_any_step_is_finished_by_the_next_run(refused: Lake, step: str, after: bool):
    mend = refused.failing(step, module=retry, after=after)
    with pytest.raises(ConnectionError):
        refused.clean_run("dies", retry="true")
    mend()
    refused.clean_run("next", retry="true")
    assert refused.sums() == MOVED
    assert refused.rows("select count(*) from quarantine.calls where retried_by is not null") == [(0,)]


def test_rows_of_a_file_that_was_sent_again_are_not_judged_again(refused: Lake, capsys: pytest.CaptureFixture[str]):
    refused.put("calls/a.csv", "\n".join([HEADER, call(1)]))
    (refused.folder / "raw/calls/b.csv").unlink()
    refused.clean_run("again", retry="true")
    assert "retry: nothing can be judged again; 0 of 2 files with refused rows are there unchanged" in capsys.readouterr().out
    assert refused.sums() == (9, 1, 7, 1, 1, 7)
