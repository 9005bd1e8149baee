"""The cleaning job on real Spark and Iceberg: every row is accounted for, once, whatever arrives and whenever it dies."""

import gzip
import random
from datetime import datetime

import pytest
from lake import HEADER, Lake

from lakemill import taking
from lakemill.declare import DeclarationError
from lakemill.judging import Tally
from lakemill.samples import sample


def call(number: int, *, start: str = "10-01-2019 09:12") -> str:
    return f"{start},{number:013d},{number:013d},42,3,200"


def test_sample_files_are_cleaned_with_the_planted_counts_and_a_rerun_changes_nothing(lake: Lake, capsys: pytest.CaptureFixture[str]):
    planted = sample("calls", lake.folder / "raw" / "calls", rows=2400, files=8, seed=5)
    lake.clean_run("first")
    sums = lake.rows("select sum(rows_in), sum(rows_cleaned), sum(rows_quarantined), sum(rows_duplicate) from cleaned.ledger")
    assert sums == [(planted.rows, planted.rows - planted.bad - planted.duplicates, planted.bad, planted.duplicates)]
    assert lake.rows("select count(*), count(distinct record_id) from cleaned.calls") == [(sums[0][1], sums[0][1])]
    refused = "select sum(rows), count(distinct struct(source_file, version, line)) from quarantine.calls"
    assert lake.rows(refused) == [(planted.bad, planted.bad)]
    assert lake.rows("select count(*) from cleaned.calls where sip_response is null and source_file like '%2022-01%'") == [(293,)]
    assert lake.rows("select summary['run-id'] from cleaned.calls.snapshots") == [("first",)]
    lake.clean_run("second")
    assert [lake.snapshots(table) for table in ("cleaned.calls", "quarantine.calls", "cleaned.ledger")] == [1, 1, 1]
    assert "calls: nothing new" in capsys.readouterr().out


def test_rows_that_cannot_be_records_are_refused_with_their_reason(lake: Lake):
    refused = {
        "31-02-2019 10:00,1,1,42,3,200": "not_a_timestamp:start_datetime",
        "1-2-2019 10:00,1,1,42,3,200": "not_a_timestamp:start_datetime",
        "10-01-2019 24:00,1,1,42,3,200": "not_a_timestamp:start_datetime",
        ",1,1,42,3,200": "missing:start_datetime",
        "10-01-2019 09:12,,1,42,3,200": "missing:translated_calling_number",
        "10-01-2019 09:12,1,  ,42,3,200": "missing:translated_called_number",
        "10-01-2019 09:12,1,1,4.5,3,200": "not_a_number:charged_duration",
        "10-01-2019 09:12,1,1,99999999999,3,200": "not_a_number:charged_duration",
        "10-01-2019 09:12,1,1,42,3": "broken_line",
        "10-01-2019 09:12,1,1,42,3,200,7": "broken_line",
        "10-01-2019 09:12,\udcff1,1,42,3,200": "not_utf8:translated_calling_number",
    }
    lines = "\r\n".join([HEADER, *refused, call(1), ""])
    lake.put("calls/bad.csv", lines.encode(errors="surrogateescape"))
    lake.clean_run("r")
    assert lake.ledger() == {"calls/bad.csv": (12, 1, 11, 0)}
    assert sorted(reason for (reason,) in lake.rows("select reason from quarantine.calls")) == sorted(refused.values())
    raw = lake.rows("select raw from quarantine.calls where reason = 'broken_line' order by raw")
    assert raw == [("10-01-2019 09:12,1,1,42,3",), ("10-01-2019 09:12,1,1,42,3,200,7",)]


def test_values_keep_their_zeros_and_their_local_time(lake: Lake):
    lake.put("calls/a.csv", f"{HEADER}\n31-03-2019 02:30,0000000000001,0123,007,3,\n")
    lake.clean_run("r")
    found = lake.rows(
        "select start_datetime, translated_calling_number, translated_called_number, charged_duration, sip_response from cleaned.calls"
    )
    assert found == [(datetime(2019, 3, 31, 2, 30), "0000000000001", "0123", 7, None)]


def test_every_shape_of_file_is_taken_and_unreadable_ones_are_one_refused_row(lake: Lake, capsys: pytest.CaptureFixture[str]):
    turned = ",".join(reversed(HEADER.split(",")))
    lake.put("calls/turned.csv", f"{turned},mood\n{','.join(reversed(call(1).split(',')))},glad\n")
    lake.put("calls/bom.csv", f"\ufeff{HEADER}\r\n{call(2)}\r\n\r\n  \r\n")
    lake.put("calls/packed.csv.gz", gzip.compress(f"{HEADER}\n{call(3)}\n".encode()))
    lake.put("calls/long.csv", f'{HEADER}\n"10-01-2019 09:12","4\n4","4",42,3,200\n{call(4)}\n')
    lake.put("calls/odd name+%41[1]{2}.csv", f"{HEADER}\n{call(5)}\n")
    lake.put("calls/header.csv", f"{HEADER}\n")
    lake.put("calls/none.csv", "one,two\n1,2\n3,4\n")
    lake.put("calls/empty.csv", "")
    lake.put("calls/torn.csv.gz", gzip.compress(b"x" * 999)[:20])
    lake.clean_run("r")
    assert lake.ledger() == {
        "calls/turned.csv": (1, 1, 0, 0),
        "calls/bom.csv": (1, 1, 0, 0),
        "calls/packed.csv.gz": (1, 1, 0, 0),
        "calls/long.csv": (2, 2, 0, 0),
        "calls/odd name+%41[1]{2}.csv": (1, 1, 0, 0),
        "calls/header.csv": (0, 0, 0, 0),
        "calls/none.csv": (2, 0, 2, 0),
        "calls/empty.csv": (1, 0, 1, 0),
        "calls/torn.csv.gz": (1, 0, 1, 0),
    }
    reasons = dict(lake.rows("select source_file, max(reason) from quarantine.calls group by 1"))
    assert reasons == {
        "calls/none.csv": "missing_column:start_datetime",
        "calls/empty.csv": "unreadable_file:empty",
        "calls/torn.csv.gz": "unreadable_file:broken_gzip",
    }
    assert lake.rows("select count(*) from cleaned.calls where translated_calling_number = '4\n4'") == [(1,)]
    assert "columns that nobody declared are left out: mood" in capsys.readouterr().out


def test_a_record_is_kept_once_and_the_first_file_has_it(lake: Lake):
    lake.put("calls/b.csv", "\n".join([HEADER, call(1), call(2), call(2)]))
    lake.put("calls/a.csv", "\n".join([HEADER, call(2), call(3, start="01-02-2020 00:00")]))
    lake.clean_run("first")
    lake.put("calls/c.csv", "\n".join([HEADER, call(3, start="01-02-2020 00:00"), call(4)]))
    lake.clean_run("second")
    assert lake.ledger() == {"calls/a.csv": (2, 2, 0, 0), "calls/b.csv": (3, 1, 0, 2), "calls/c.csv": (2, 1, 0, 1)}
    assert lake.rows("select int(translated_called_number), source_file, run_id from cleaned.calls order by 1") == [
        (1, "calls/b.csv", "first"),
        (2, "calls/a.csv", "first"),
        (3, "calls/a.csv", "first"),
        (4, "calls/c.csv", "second"),
    ]


def test_a_file_sent_again_under_its_name_adds_what_is_new_and_refuses_again_what_is_bad(lake: Lake):
    lake.put("calls/a.csv", "\n".join([HEADER, call(1), "bad"]))
    lake.clean_run("first")
    lake.put("calls/a.csv", "\n".join([HEADER, call(1), "bad", "bad", call(2)]))
    lake.clean_run("second")
    counts = lake.rows("select rows_in, rows_cleaned, rows_quarantined, rows_duplicate from cleaned.ledger order by taken_at, rows_in")
    assert counts == [(2, 1, 1, 0), (4, 1, 2, 1)]
    assert lake.rows("select count(*) from quarantine.calls") == [(3,)]
    assert lake.rows("select count(*) from cleaned.calls") == [(2,)]


@pytest.mark.parametrize("step", ["commit", "append", "write_ledger"])
def test_a_run_that_dies_at_any_step_is_finished_by_the_next(lake: Lake, step: str):
    lake.put("calls/a.csv", "\n".join([HEADER, call(1), call(1), "bad"]))
    mend = lake.failing(step)
    with pytest.raises(ConnectionError):
        lake.clean_run("dies")
    mend()
    lake.put("calls/b.csv", "\n".join([HEADER, call(1), call(2)]))
    lake.clean_run("next")
    assert lake.ledger() == {"calls/a.csv": (3, 1, 1, 1), "calls/b.csv": (2, 1, 0, 1)}
    assert lake.rows("select count(*), count(distinct record_id) from cleaned.calls") == [(2, 2)]
    assert lake.rows("select count(*) from quarantine.calls") == [(1,)]
    run_of_first = dict(lake.rows("select source_file, run_id from cleaned.ledger"))["calls/a.csv"]
    assert run_of_first == ("dies" if step == "write_ledger" else "next")


def test_rows_that_spark_and_the_intake_check_count_differently_stop_the_run_before_it_writes(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    lake.put("calls/a.csv", "\n".join([HEADER, call(1)]))
    monkeypatch.setattr(taking, "tally", lambda rows: Tally(verdicts={}, refused={}))
    with pytest.raises(RuntimeError, match=r"nothing was written: calls/a.csv: 1 in, 0 out"):
        lake.clean_run("r")
    assert [lake.snapshots(table) for table in ("cleaned.calls", "quarantine.calls", "cleaned.ledger")] == [0, 0, 0]


def test_a_declaration_that_would_lose_data_is_refused_before_writing(lake: Lake):
    lake.put("calls/a.csv", "\n".join([HEADER, call(1)]))
    lake.spark.sql(f"create table glue_catalog.{lake.name}_cleaned.calls (start_datetime string, gone int) using iceberg")
    with pytest.raises(DeclarationError, match="changes start_datetime from string to timestamp_ntz; drops gone"):
        lake.clean_run("r")


def test_spark_and_the_intake_check_count_any_file_alike(lake: Lake):
    """A few hundred files of quotes, commas, line ends and odd bytes in one run: the job fails if one count differs."""
    chance = random.Random(11)
    pieces = [b'"', b",", b",", b"\n", b"\n", b"\r\n", b"\r", b" ", b"a", b"1", b"\xff", b"\0", b'""', b"\\", call(7).encode()]
    for number in range(150):
        body = b"".join(chance.choice(pieces) for _ in range(chance.randrange(40)))
        lake.put(f"calls/{number:03}.csv", HEADER.encode() + b"\n" + body)
    lake.clean_run("r")
    accounts = lake.ledger()
    assert len(accounts) == 150
    assert lake.rows("select sum(rows) from quarantine.calls") == [(sum(account[2] for account in accounts.values()),)]


def test_ids_are_the_same_in_any_order_of_arrival_and_differ_for_different_records(lake: Lake):
    chance = random.Random(3)
    texts = ["1", "11", "1;translated_called_number=1:1", ":", "=", "a,b"]
    lines = sorted(
        {f'10-01-2019 09:12,"{chance.choice(texts)}","{chance.choice(texts)}",{chance.choice(["", "1", "11"])},,' for _ in range(60)}
    )
    lake.put("calls/a.csv", "\n".join([HEADER, *lines]))
    lake.clean_run("r")
    forwards = lake.rows("select record_id from cleaned.calls")
    assert len(set(forwards)) == len(lines)
    other = Lake(spark=lake.spark, folder=lake.folder / "other", name="backwards")
    for number, line in enumerate(reversed(lines[:8])):
        other.put(f"calls/{number}.csv", f"{HEADER}\n{line}\n{lines[0]}\n")
    other.clean_run("r")
    assert set(other.rows("select record_id from cleaned.calls")) < set(forwards)
    assert other.rows("select count(*) from cleaned.calls") == [(8,)]
