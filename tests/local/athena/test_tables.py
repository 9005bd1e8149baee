"""Tables of the lake over HTTP: Iceberg and Hive, what is read and how much of it."""

import io
import json
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, StringType
from sqlglot import exp

from local.athena import iceberg
from local.athena.failures import QueryFailure

MONTH = "start >= timestamp '2019-02-01 00:00:00' and start < timestamp '2019-03-01 00:00:00'"


def test_an_iceberg_table_gives_its_rows_with_athenas_text(athena: Any) -> None:
    assert athena.rows("select * from lake.calls order by id limit 2") == [
        ["id", "start", "caller", "cost"],
        ["0", "2019-01-10 09:12:00.000000", None, "0.0"],
        ["1", "2019-02-10 09:12:00.000000", '01"x', "100000.0"],
    ]


@pytest.mark.parametrize("name", ["lake.calls", '"lake"."calls"', "awsdatacatalog.lake.calls", "LAKE.Calls", '"AwsDataCatalog".lake.calls'])
def test_a_table_answers_to_all_its_names(athena: Any, name: str) -> None:
    assert athena.rows(f"select count(*) as n from {name}") == [["n"], ["3000"]]


def test_the_contexts_database_is_the_default_and_a_cte_hides_a_table(athena: Any) -> None:
    context = {"QueryExecutionContext": {"Database": "lake"}}
    assert athena.rows("select count(*), max(calls.id) from calls", **context)[1] == ["3000", "2999"]
    assert athena.rows("with calls as (select 1 as id) select count(*) from calls", **context)[1] == ["1"]
    assert athena.rows("with calls as (select id from calls where id < 5) select count(*) from calls", **context)[1] == ["5"]


def test_one_month_reads_one_file_and_fewer_bytes(athena: Any) -> None:
    whole = athena.run("select sum(cost) from lake.calls")
    month = athena.run(f"select sum(cost) from lake.calls where {MONTH}")
    assert 0 < month["Statistics"]["DataScannedInBytes"] < whole["Statistics"]["DataScannedInBytes"] / 2
    assert athena.rows(f"select count(*), min(id), max(id) from lake.calls where {MONTH}")[1] == ["1000", "1", "2998"]


def test_a_column_costs_fewer_bytes_than_all_and_nothing_is_free_the_second_time(athena: Any) -> None:
    scanned = [athena.run(f"select {what} from lake.calls")["Statistics"]["DataScannedInBytes"] for what in ("max(id)", "*", "*")]
    assert scanned[0] < scanned[1] == scanned[2]


@pytest.mark.parametrize(
    ("condition", "count"),
    [
        ("start between timestamp '2019-01-01 00:00:00' and timestamp '2019-01-31 00:00:00'", "1000"),
        ("start >= date '2019-03-01'", "1000"),
        ("id in (1, 2, 3)", "3"),
        ("10 > id", "10"),
        ("id = 5 or id = 6", "2"),
        ("caller is null", "600"),
        ("not (start < timestamp '2019-03-01 00:00:00')", "1000"),
        ("caller = '01\"x' and id < 10", "2"),
    ],
)
def test_pruning_never_changes_the_answer(athena: Any, condition: str, count: str) -> None:
    assert athena.rows(f"select count(*) from lake.calls where {condition}")[1] == [count]


def test_a_table_without_a_snapshot_has_no_rows_but_its_columns(athena: Any) -> None:
    assert athena.rows("select * from lake.nothing") == [["id", "start", "caller", "cost"]]
    assert athena.rows("select count(*) from lake.nothing where cost / 2 > 1e0")[1] == ["0"]


def test_old_files_follow_an_added_and_a_renamed_column(athena: Any, lake: Any) -> None:
    schema = lake.load_table("lake.nothing").schema()
    table = lake.create_table("lake.evolving", schema=schema, location="s3://lake/warehouse/evolving")
    table.append(pa.table({"id": pa.array([7], pa.int64()), "start": pa.array([0], pa.timestamp("us")), "caller": ["a"], "cost": [1.0]}))
    with table.update_schema() as update:
        update.add_column("note", StringType())
        update.rename_column("caller", "who")
    with table.update_schema() as update:
        update.add_column("caller", LongType())
    assert athena.rows("select id, who, note, caller from lake.evolving") == [["id", "who", "note", "caller"], ["7", "a", None, None]]


def test_added_files_without_field_ids_are_read_by_name(home: Any, athena: Any, lake: Any) -> None:
    schema = lake.load_table("lake.nothing").schema()
    table = lake.create_table("lake.added", schema=schema, location="s3://lake/warehouse/added")
    out = io.BytesIO()
    parquet.write_table(pa.table({"caller": ["a"], "id": pa.array([7], pa.int64())}), out)
    home.client("s3").put_object(Bucket="lake", Key="warehouse/added/data/x.parquet", Body=out.getvalue())
    table.add_files(["s3://lake/warehouse/added/data/x.parquet"])
    assert athena.rows("select id, caller, cost from lake.added")[1:] == [["7", "a", None]]


def test_files_with_row_level_deletes_are_refused() -> None:
    task = SimpleNamespace(delete_files=[1])
    scan = SimpleNamespace(plan_files=lambda: [task])
    table = SimpleNamespace(schema=Schema, current_snapshot=lambda: 1, scan=lambda **_: scan)
    with pytest.raises(QueryFailure, match="row-level delete files"):
        iceberg.relation(table, exp.to_table("t"))  # type: ignore[arg-type]


def test_time_travel_reads_an_older_snapshot(athena: Any, lake: Any) -> None:
    first = lake.load_table("lake.calls").current_snapshot().snapshot_id
    assert athena.rows(f"select count(*) from lake.calls for version as of {first}")[1] == ["3000"]


def test_a_csv_table_reads_texts_as_opencsv_does(athena: Any, hive: Any) -> None:
    content = b'h1,h2,h3\n"a, b",1,\n"say ""hi""","2","\\"x\\""\n'
    hive(
        "csv_plain", {"name": "string", "n": "int", "note": "string"}, {"part-0.csv": content, "_SUCCESS": b"x", ".hidden": b"x"}, skip="1"
    )
    execution = athena.run("select name, n, note from lake.csv_plain order by n")
    assert execution["Statistics"]["DataScannedInBytes"] == len(content)
    assert athena.rows("select name, n, note from lake.csv_plain order by n")[1:] == [["a, b", "1", ""], ['say "hi"', "2", '"x"']]


def test_a_delimited_table_has_nulls_and_no_quotes(athena: Any, hive: Any) -> None:
    hive("lazy_plain", {"name": "string", "n": "bigint", "day": "date"}, {"x.txt": b'"a"|1|2019-01-02\n\\N|oops|\\N\n'})
    assert athena.rows("select * from lake.lazy_plain")[1:] == [['"a"', "1", "2019-01-02"], [None, None, None]]


def test_json_lines_and_hive_timestamps_with_milliseconds(athena: Any, hive: Any) -> None:
    lines = "\n".join(json.dumps(row) for row in ({"id": 1, "at": "2019-01-10 09:12:00.5"}, {"id": 2, "extra": True}))
    hive("json_plain", {"id": "int", "at": "timestamp"}, {"x.json": lines.encode()})
    assert athena.rows("select * from lake.json_plain order by id")[1:] == [["1", "2019-01-10 09:12:00.500"], ["2", None]]


def test_only_registered_partitions_are_seen(home: Any, athena: Any, hive: Any) -> None:
    content = {}
    for day in ("a", "b", "c"):
        out = io.BytesIO()
        parquet.write_table(pa.table({"id": [ord(day)]}), out)
        content[f"day={day}/x.parquet"] = out.getvalue()
    storage = hive("parquet_days", {"id": "bigint"}, content, keys={"day": "string"})
    for day in ("a", "b"):
        part = {"Values": [day], "StorageDescriptor": {**storage, "Location": f"s3://lake/parquet_days/day={day}/"}}
        home.client("glue").create_partition(DatabaseName="lake", TableName="parquet_days", PartitionInput=part)
    assert athena.rows("select id, day from lake.parquet_days order by day")[1:] == [["97", "a"], ["98", "b"]]
    assert athena.rows("select count(*) from lake.parquet_days where day = 'c'")[1] == ["0"]


def test_a_partition_that_the_query_excludes_is_not_read(home: Any, athena: Any, hive: Any) -> None:
    files = {f"year={year}/x.csv": b"a\n" * (year - 2000) for year in (2018, 2019)}
    storage = hive("csv_years", {"name": "string"}, files, keys={"year": "int"})
    for year in ("2018", "2019"):
        part = {"Values": [year], "StorageDescriptor": {**storage, "Location": f"s3://lake/csv_years/year={year}/"}}
        home.client("glue").create_partition(DatabaseName="lake", TableName="csv_years", PartitionInput=part)
    for condition, lines in (("year = 2018", 18), ("year in (2019, 2020)", 19), ("year > 2018", 37), ("2018 = year", 37), ("year = 1", 0)):
        execution = athena.run(f"select count(*) from lake.csv_years where {condition}")
        assert execution["Statistics"]["DataScannedInBytes"] == 2 * lines, condition
    assert athena.rows("select year, count(*) from lake.csv_years group by year order by year")[1:] == [["2018", "18"], ["2019", "19"]]
