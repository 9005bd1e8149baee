"""The curating job: whole tables in one commit, nothing when nothing changed, copies that are swapped when complete."""

import csv
from pathlib import Path

import pytest
from lake import HEADER, Lake

from lakemill import curated


def calls(*lines: str) -> str:
    return "\n".join([HEADER, *lines])


@pytest.fixture
def filled(lake: Lake) -> Lake:
    lake.put("calls/a.csv", calls("10-01-2019 09:12,01,01,20,3,200", "10-01-2019 09:59,01,01,21,3,404", "10-01-2019 10:00,01,01,5,9,"))
    lake.put("carriers/a.csv", "carrier_id,carrier_name,country\n3,Old Name,NO\n")
    lake.clean_run("one", datasets="calls,carriers")
    return lake


def copies(lake: Lake) -> list[str]:
    root = lake.folder / "curated" / "published" / "processed"
    return sorted({path.parent.name for path in root.glob("*/part-*.csv")})


def test_hourly_traffic_counts_calls_by_hour_and_names_carriers_by_their_newest_row(filled: Lake):
    filled.put("carriers/b.csv", "carrier_id,carrier_name,country\n3,New Name,NO\n")
    filled.clean_run("two", datasets="carriers")
    filled.curate_run("one")
    columns = "carrier_id, carrier_name, calls, charged_seconds, mean_duration, answered_share, short_calls, error_calls"
    found = filled.rows(f"select string(hour), {columns} from curated.hourly_traffic order by 1")
    assert found == [
        ("2019-01-10 09:00:00", 3, "New Name", 2, 41, 20.5, 0.5, 1, 1),
        ("2019-01-10 10:00:00", 9, None, 1, 5, 5.0, None, 1, 0),
    ]


def test_call_outcomes_label_short_and_error_calls_and_leave_the_unknown_open(filled: Lake):
    filled.curate_run("one")
    found = filled.rows("select charged_duration, is_short_call, is_error_call from curated.call_outcomes order by 1")
    assert found == [(5, True, None), (20, True, False), (21, False, True)]


def test_unchanged_sources_commit_nothing_and_a_new_call_replaces_in_one_commit(filled: Lake, capsys: pytest.CaptureFixture[str]):
    filled.curate_run("one")
    filled.curate_run("two")
    assert capsys.readouterr().out.count("unchanged") == 3
    assert filled.snapshots("curated.hourly_traffic") == 1
    assert copies(filled) == ["run=one"]
    filled.put("calls/b.csv", calls("11-01-2019 09:12,01,01,20,3,200"))
    filled.clean_run("three")
    filled.curate_run("three")
    assert filled.rows("select summary['run-id'] from curated.hourly_traffic.snapshots order by committed_at") == [("one",), ("three",)]
    assert filled.rows("select sum(calls) from curated.hourly_traffic") == [(4,)]
    assert copies(filled) == ["run=three"]


def test_the_published_copy_is_plain_csv_with_iso_times(filled: Lake):
    filled.curate_run("one")
    table = filled.catalog["processed"]
    folder = Path(table["StorageDescriptor"]["Location"].removeprefix("file:"))
    rows = [row for path in sorted(folder.glob("part-*.csv")) for row in csv.DictReader(path.open(newline=""))]
    assert [column["Name"] for column in table["StorageDescriptor"]["Columns"]] == list(rows[0])
    first = min(rows, key=lambda row: row["start_datetime"])
    assert (first["start_datetime"], first["charged_duration"], first["connect_datetime"]) == ("2019-01-10 09:12:00", "20", "")


def test_a_key_that_is_not_unique_is_refused_before_writing(filled: Lake, monkeypatch: pytest.MonkeyPatch):
    text = (
        "-- description: d\n-- sources: cleaned.calls\n-- key: originating_carrier_id\nselect originating_carrier_id from {cleaned}.calls"
    )
    monkeypatch.setattr(curated, "tables", lambda: {"twice": curated.parse("twice", text=text)})
    with pytest.raises(RuntimeError, match=r"sql/curated/twice.sql: 2 rows for originating_carrier_id 3; nothing was written"):
        filled.curate_run("one")
    assert not filled.spark.catalog.tableExists(f"glue_catalog.{filled.name}_curated.twice")
