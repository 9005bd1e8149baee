"""What the cleaning job does not trust: files that change, rows that rules forbid, its own numbers' way out, and time."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lake import HEADER, Lake

from lakemill import expiry, metrics, taking
from lakemill.datasets import dataset
from lakemill.declare import Rule
from lakemill.load import OptionError
from lakemill.rules import Halted

pytestmark = pytest.mark.slow


def call(number: int, *, seconds: int = 42) -> str:
    return f"10-01-2019 09:12,{number:013d},{number:013d},{seconds},3,200"


def test_files_that_change_or_vanish_during_the_run_are_left_for_the_next(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for number, name in enumerate("abc"):
        lake.put(f"calls/{name}.csv", "\n".join([HEADER, call(number), "bad"]))
    read, turns = taking._read, iter("ca ")

    def interfere(*arguments: Any, **named: Any) -> Any:
        turn = next(turns)
        if turn == "c":
            lake.store.path("calls/c.csv").unlink()
        found = read(*arguments, **named)
        if turn == "a":
            lake.put("calls/a.csv", "\n".join([HEADER, call(7), call(8)]))
        return found

    monkeypatch.setattr(taking, "_read", interfere)
    lake.clean_run("disturbed")
    told = capsys.readouterr().out
    assert "calls: changed during the run, left for the next: calls/c.csv\n" in told
    assert "calls: changed during the run, left for the next: calls/a.csv\n" in told
    assert lake.ledger() == {"calls/b.csv": (2, 1, 1, 0)}
    assert lake.sums() == (2, 1, 1, 0, 1, 1)
    monkeypatch.setattr(taking, "_read", read)
    lake.clean_run("next")
    assert lake.ledger() == {"calls/b.csv": (2, 1, 1, 0), "calls/a.csv": (2, 2, 0, 0)}


def test_a_backfill_takes_the_files_of_its_days_and_puts_their_numbers(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for day in range(1, 5):
        lake.put(f"calls/{day}.csv", "\n".join([HEADER, call(day), *["bad"] * (day == 2)]))
        moment = datetime(2026, 11, day, 23, 59, tzinfo=UTC).timestamp()
        os.utime(lake.store.path(f"calls/{day}.csv"), (moment, moment))
    lake.clean_run("range", since="2026-11-02", until="2026-11-03")
    assert sorted(lake.ledger()) == ["calls/2.csv", "calls/3.csv"]
    assert lake.measured == [{"environment": "test", "dataset": "calls", "percent": 100 / 3, "rows_in": 3}]
    lake.clean_run("empty", since="2027-01-01")
    assert len(lake.measured) == 1
    mend = lake.failing("put", module=metrics)
    lake.clean_run("all")
    mend()
    assert len(lake.ledger()) == 4
    assert "the metrics of this run were not put: ConnectionError: the machine is gone" in capsys.readouterr().out


@pytest.mark.parametrize(("option", "value"), [("since", "yesterday"), ("until", "2026-02-30"), ("schema_policy", "lax")])
def test_an_option_that_cannot_work_is_refused_with_what_is_allowed(lake: Lake, option: str, value: str):
    with pytest.raises(OptionError, match=f"--{option} is '{value}'; allowed is "):
        lake.clean_run("r", **{option: value})


def test_a_halting_rule_stops_the_run_before_it_writes_and_names_a_place_but_no_value(lake: Lake):
    rule = Rule(name="sane", check="charged_duration < 1000", on_failure="halt")
    lake.clean.declared = lambda name: replace(dataset(name), rules=(rule,))
    lake.put("calls/a.csv", "\n".join([HEADER, call(1), call(2, seconds=9999), call(3, seconds=8888)]))
    said = r"calls: 2 rows break the rule sane \(charged_duration < 1000\), for example calls/a.csv:3; nothing was written"
    with pytest.raises(Halted, match=f"^{said}$"):
        lake.clean_run("r")
    assert [lake.snapshots(table) for table in ("cleaned.calls", "quarantine.calls", "cleaned.ledger")] == [0, 0, 0]


def test_refused_rows_expire_with_the_files_that_held_them(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    lake.put("calls/a.csv", "\n".join([HEADER, call(1), "secret number"]))
    lake.clean_run("old")
    lake.clean_run("nothing is old enough")
    assert lake.snapshots("quarantine.calls") == 1
    files = [path for (path,) in lake.rows("select file_path from quarantine.calls.files")]
    later = datetime.now(UTC) + timedelta(days=31)

    class Later(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return later

    monkeypatch.setattr(expiry, "datetime", Later)
    forget = lake.failing("_forget", module=expiry)
    with pytest.raises(ConnectionError):
        lake.clean_run("dies before it forgets")
    forget()
    lake.clean_run("forgets")
    assert lake.rows("select count(*) from quarantine.calls") == [(0,)]
    assert [path for path in files if os.path.exists(path.removeprefix("file:"))] == []  # noqa: PTH110
    assert lake.snapshots("quarantine.calls") == 1
    lake.clean_run("has nothing to forget")
    assert lake.snapshots("quarantine.calls") == 1
