"""What a report asks, and how it reads the answers."""

import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.athena import Answer, Column
from cli.report.facts import pictures
from cli.report.facts.lake import Table, tables
from cli.report.facts.ledger import Counts, ledger
from cli.report.facts.machine import paths
from cli.report.facts.pictures import Point, albums, question
from cli.report.facts.refusals import Refusal, refusals
from cli.report.known import Known
from lakemill import curated
from tests.cli.reported import MACHINE, flow, platform
from tests.cli.test_report import Deployed

SQL = "-- description: d\n-- sources: cleaned.a\n-- key: k\n{charts}select k from {{cleaned}}.a"
CHARTS = (
    "-- chart: bars; title: By hour; x: hour(at); value: sum(n)\n"
    "-- chart: heatmap; title: By both; x: hour(at); y: who; value: 1e2 * sum(bad) / sum(n); unit: %\n"
    "-- chart: line; title: By day; x: date_trunc('day', at); value: count(*)\n"
)
SNAPSHOT = {"total-records": "12", "total-data-files": "3", "total-files-size": "900", "total-position-deletes": "2"}
METADATA = {
    "current-snapshot-id": 2,
    "snapshots": [{"snapshot-id": n, "timestamp-ms": 1795287138481 + n, "summary": SNAPSHOT} for n in (1, 2)],
}


class Lake(Deployed):
    """A catalog with an Iceberg table, one that is empty, and one of plain files."""

    def get_tables(self, *, DatabaseName: str) -> dict[str, Any]:  # noqa: N803
        if not DatabaseName.endswith("cleaned"):
            return {"TableList": []}
        storage = {"Columns": [{"Name": "k"}], "Location": "s3://b-raw/plain/"}
        iceberg = [
            {"Name": name, "Parameters": {"metadata_location": f"s3://b/{name}"}, "StorageDescriptor": storage}
            for name in ("full", "empty")
        ]
        return {"TableList": [*iceberg, {"Name": "plain", "StorageDescriptor": storage}]}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # type: ignore[override]  # noqa: N803
        content = gzip.compress(json.dumps(METADATA).encode()) if Key == "full" else json.dumps({"current-snapshot-id": -1}).encode()
        return {"Body": io.BytesIO(content)}


def test_tables_are_read_from_their_own_metadata() -> None:
    aws = Lake()
    aws.content = {"plain/1.csv": b"abc", "plain/2.csv": b"d", "other": b"x"}
    found = {each.name: each for each in tables(Known(platform(aws)))}
    changed = datetime.fromtimestamp(1795287138.483, UTC)
    assert found["full"] == Table(zone="cleaned", name="full", columns=("k",), rows=10, files=3, bytes=900, snapshots=2, changed=changed)
    assert found["empty"] == Table(zone="cleaned", name="empty", columns=("k",), rows=0, files=0, bytes=0, snapshots=0)
    assert (found["plain"].rows, found["plain"].files, found["plain"].bytes, found["plain"].snapshots) == (None, 2, 4, None)
    assert aws.asked == []


def test_the_usual_way_is_the_shortest_to_a_good_end_and_all_else_is_for_trouble() -> None:
    found = paths(MACHINE)
    assert [(state.name, state.does) for state in found.usual] == [("Clean", "Glue"), ("Check", "Athena"), ("Good?", ""), ("Notify", "SNS")]
    assert [state.name for state in found.otherwise] == ["Tell", "Failed"]


def test_a_machine_that_can_only_fail_and_one_with_branches_can_be_shown() -> None:
    assert [state.name for state in paths({"StartAt": "A", "States": {"A": {"Type": "Fail"}}}).usual] == ["A"]
    branches = {"Type": "Parallel", "End": True, "Branches": [{"States": {"X": {}}}, {"States": {"Y": {}}}]}
    assert paths({"StartAt": "P", "States": {"P": branches}}).usual[0].does == "X, Y"


def test_one_query_answers_all_charts_of_a_table() -> None:
    table = curated.parse("t", text=SQL.format(charts=CHARTS))
    assert question(table) == (
        "with pictured as (select *, hour(at) as dimension_0, who as dimension_1, date_trunc('day', at) as dimension_2 "
        'from curated."t") select grouping(dimension_0, dimension_1, dimension_2) as grouped_by, dimension_0, dimension_1, dimension_2, '
        "cast(sum(n) as double) as value_0, cast(1e2 * sum(bad) / sum(n) as double) as value_1, cast(count(*) as double) as value_2 "
        "from pictured group by grouping sets ((dimension_0), (dimension_0, dimension_1), (dimension_2))"
    )


def test_each_chart_takes_the_rows_of_its_own_grouping(monkeypatch: pytest.MonkeyPatch) -> None:
    table = curated.parse("t", text=SQL.format(charts=CHARTS))
    kinds = ["bigint", "bigint", "varchar", "timestamp", "double", "double", "double"]
    rows = (
        ("3", "18", None, None, "7.0", "1.0", "9.0"),
        ("1", "18", "x", None, "4.0", "50.0", "2.0"),
        ("1", "18", None, None, "4.0", "25.0", "2.0"),
        ("1", "19", "x", None, "4.0", None, "2.0"),
        ("1", "20", "x", None, "4.0", "NaN", "2.0"),
        ("6", None, None, "2026-11-21 00:00:00.000000", "8.0", "1.0", "3.0"),
    )
    columns = tuple(Column(name=f"c{n}", type=kind) for n, kind in enumerate(kinds))
    monkeypatch.setattr(curated, "tables", lambda: {"t": table})
    monkeypatch.setattr(pictures, "ask", lambda platform, sql: Answer(columns=columns, rows=rows, seconds=0, bytes_scanned=0))
    (album,) = albums(Known(platform(), given={tables: (Table(zone="curated", name="t", columns=()),)}))
    bars, heat, line = (each.points for each in album.pictures)
    assert bars == (Point(x=18.0, value=7.0),)
    assert heat == (Point(x=18.0, y="x", value=50.0), Point(x=18.0, y=None, value=25.0))
    assert line == (Point(x=datetime(2026, 11, 21), value=3.0),)


def test_a_query_that_fails_is_told_at_its_table() -> None:
    aws = Deployed()
    aws.query_state = {"State": "FAILED", "StateChangeReason": "COLUMN_NOT_FOUND: hour in lakemill_dev_curated"}
    there = tuple(Table(zone="curated", name=name, columns=()) for name in ("hourly_traffic", "other"))
    (album,) = albums(Known(platform(aws), given={tables: there}))
    assert album.problem == "the query failed: COLUMN_NOT_FOUND: hour in curated"
    assert albums(Known(platform(aws), given={tables: ()})) == ()


def test_the_ledger_is_summed_over_all_runs_and_for_the_last_one() -> None:
    aws = Deployed()
    aws.known = lambda sql: [
        ["run", "dataset", "f", "i", "c", "q", "d"],
        ["calls-0", "calls", "1", "10", "7", "2", "1"],
        [None, "calls", "2", "20", "20", None, "0"],  # type: ignore[list-item]
        [None, "carriers", "1", "3", "3", "0", "0"],  # type: ignore[list-item]
    ]
    from cli.report.facts.flows import flows

    there = (Table(zone="cleaned", name="ledger", columns=()),)
    sums = ledger(Known(platform(aws), given={tables: there, flows: (flow(),)}))
    assert sums.total == (
        Counts(dataset="calls", files=3, rows_in=30, cleaned=27, refused=2, duplicate=1),
        Counts(dataset="carriers", files=1, rows_in=3, cleaned=3, refused=0, duplicate=0),
    )
    assert sums.last == (("calls-0", Counts(dataset="calls", files=1, rows_in=10, cleaned=7, refused=2, duplicate=1)),)
    assert "run_id in ('calls-0')" in aws.asked[0]


def test_reasons_are_counted_and_no_row_is_read() -> None:
    aws = Deployed()
    aws.known = lambda sql: [["d", "r", "n", "f"], ["calls", "b", "1", "1"], ["calls", "a", "5", "2"]]
    names = {"calls": 6, "carriers": 0}
    there = tuple(Table(zone="quarantine", name=name, columns=("reason", "rows", "raw"), rows=rows) for name, rows in names.items())
    found = refusals(Known(platform(aws), given={tables: there}))
    assert found == (Refusal(dataset="calls", reason="a", rows=5, files=2), Refusal(dataset="calls", reason="b", rows=1, files=1))
    (sql,) = aws.asked
    assert "carriers" not in sql
    assert "raw" not in sql
