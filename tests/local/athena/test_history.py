"""Time travel and metadata tables: what a table was, and what it is made of, against what pyiceberg wrote."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest


@pytest.fixture(scope="module")
def grown(lake: Any) -> Any:
    """A table with two snapshots: one row, then three; its second has the tag `second`."""
    table = lake.create_table("lake.grown", schema=lake.load_table("lake.calls").schema(), location="s3://lake/warehouse/grown")
    columns = {"start": pa.array([datetime(2019, 1, 1)], pa.timestamp("us")), "caller": ["a"], "cost": [1.0]}
    table.append(pa.table({"id": pa.array([1], pa.int64()), **columns}))
    two = {name: pa.concat_arrays([pa.array(values), pa.array(values)]) for name, values in columns.items()}
    table.append(pa.table({"id": pa.array([2, 3], pa.int64()), **two}))
    table.manage_snapshots().create_tag(table.current_snapshot().snapshot_id, "second").commit()
    return lake.load_table("lake.grown")


def test_a_version_is_a_snapshots_id_or_a_name(athena: Any, grown: Any) -> None:
    first, second = (snapshot.snapshot_id for snapshot in grown.snapshots())
    count = "select count(*) from lake.grown for version as of {}"
    assert [athena.rows(count.format(version))[1] for version in (first, second, "'second'", "'main'")] == [["1"], ["3"], ["3"], ["3"]]
    assert athena.reason(count.format(1)) == "NOT_SUPPORTED: Unsupported type for table version: integer"
    assert athena.reason(count.format(12345678901)).startswith("INVALID_ARGUMENTS: line 1:22: Iceberg snapshot ID does not exists: 123456")
    assert "Cannot find snapshot with reference name: third" in athena.reason(count.format("'third'"))


def test_a_moment_is_a_literal_or_a_calculation(athena: Any, grown: Any) -> None:
    first, second = (datetime.fromtimestamp(snapshot.timestamp_ms / 1000, UTC) for snapshot in grown.snapshots())
    count = "select count(*) from lake.grown for timestamp as of {}"
    between = first + (second - first) / 2
    moments = [between.strftime("timestamp '%Y-%m-%d %H:%M:%S.%f UTC'"), "now()", "(current_timestamp - interval '0' second)"]
    assert [athena.rows(count.format(moment))[1] for moment in moments] == [["1"], ["3"], ["3"]]
    assert "No version history table" in athena.reason(count.format("timestamp '2019-01-01 00:00:00 UTC'"))
    assert "is not in the past" in athena.reason(count.format("(current_timestamp + interval '1' day)"))
    assert athena.reason("select 1 from lake.grown for timestamp as of id").startswith("NOT_SUPPORTED: time travel to id")


def test_two_moments_of_a_table_stand_in_one_query(athena: Any, grown: Any) -> None:
    first = grown.snapshots()[0].snapshot_id
    sql = f"select n.id from lake.grown n left join lake.grown for version as of {first} o on n.id = o.id where o.id is null order by 1"
    assert athena.rows(sql)[1:] == [["2"], ["3"]]


def test_history_and_snapshots_tell_every_commit(athena: Any, grown: Any) -> None:
    snapshots = grown.snapshots()
    rows = athena.rows(
        "select snapshot_id, parent_id, operation, summary['added-records'] from lake.\"grown$snapshots\" order by committed_at"
    )
    assert rows[1:] == [[str(s.snapshot_id), p, "append", n] for s, p, n in zip(snapshots, (None, rows[1][0]), "12", strict=True)]
    history = athena.rows('select made_current_at, snapshot_id, is_current_ancestor from "lake"."grown$history" order by 1')[1:]
    assert [row[1:] for row in history] == [[str(s.snapshot_id), "true"] for s in snapshots]
    at = datetime.strptime(str(history[0][0]), "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC)
    assert abs(at - datetime.fromtimestamp(snapshots[0].timestamp_ms / 1000, UTC)) < timedelta(milliseconds=2)
    assert athena.rows('select name, type, snapshot_id from lake."grown$refs" order by name')[1:] == [
        ["main", "BRANCH", str(snapshots[1].snapshot_id)], ["second", "TAG", str(snapshots[1].snapshot_id)],
    ]  # fmt: skip


def test_files_partitions_and_manifests_add_up(athena: Any, lake: Any, grown: Any) -> None:
    tasks = [task.file for task in lake.load_table("lake.calls").scan().plan_files()]
    files = athena.rows('select file_path, record_count, file_size_in_bytes, lower_bounds[1] from lake."calls$files" order by 1')[1:]
    lowest = {"2019-01": "0", "2019-02": "1", "2019-03": "2"}
    expected = [[file.file_path, "1000", str(file.file_size_in_bytes)] for file in sorted(tasks, key=lambda file: file.file_path)]
    assert [row[:3] for row in files] == expected
    assert sorted(str(row[3]) for row in files) == sorted(lowest.values())
    months = athena.rows('select partition.start_month, record_count, file_count from lake."calls$partitions" order by 1')[1:]
    assert months == [["588", "1000", "1"], ["589", "1000", "1"], ["590", "1000", "1"]]
    assert athena.rows('select record_count, file_count from lake."grown$partitions"')[1:] == [["3", "2"]]
    assert athena.rows('select sum(added_rows_count) from lake."grown$manifests"')[1:] == [["3"]]


def test_a_metadata_table_that_is_not_there_is_not_found(athena: Any, grown: Any) -> None:
    reason = "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.lake.grown$nope' does not exist"
    assert athena.reason('select 1 from lake."grown$nope"') == reason
