"""Names and notes of results: columns without a name, the metadata file, and what describes tables and views."""

from typing import Any

import pytest

from local.athena import protobuf
from local.athena.column_types import text_column


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select 1, 'x' as a, count(*)", ["_col0", "a", "_col2"]),
        ("select * from (select 1, 2 as b)", ["_col0", "b"]),
        ("with c as (select max(id) from lake.calls) select *, 1 from c", ["_col0", "_col1"]),
        ("select * from (select 1 union all select 2)", ["_col0"]),
        ("values (1, 2)", ["_col0", "_col1"]),
        ('select 1 as "Mixed", 2 as mixed', ["Mixed", "mixed"]),
        ("select id, id from lake.calls limit 1", ["id", "id"]),
    ],
)
def test_a_column_without_a_name_is_named_by_its_place(athena: Any, sql: str, names: list[str]) -> None:
    query_id = athena.run(sql)["QueryExecutionId"]
    described = athena.client.get_query_results(QueryExecutionId=query_id)["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [column["Name"] for column in described] == [column["Label"] for column in described] == names


def metadata(home: Any, execution: dict[str, Any]) -> bytes:
    location = execution["ResultConfiguration"]["OutputLocation"] + ".metadata"
    bucket, key = location.removeprefix("s3://").split("/", 1)
    content: bytes = home.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def test_metadata_files_have_the_bytes_that_aws_writes(home: Any, athena: Any) -> None:
    """Lengths and bytes measured at AWS; what differs is the id at the beginning."""
    made = metadata(home, athena.run("create table lake.noted as select 1 as a"))
    rows = "2222" + "0a0468697665" + "2204726f7773" + "2a04726f7773" + "3206626967696e74" + "3813" + "4000" + "4803" + "5000"
    assert (len(made), made[:2].hex(), made[29:].hex()) == (81, "0a1b", "120c" + b"CREATE TABLE".hex() + "1801" + rows)
    inserted = metadata(home, athena.run("insert into lake.noted select 1 where false"))
    assert (len(inserted), inserted[29:].hex()) == (75, "1206" + b"INSERT".hex() + "1800" + rows)
    assert len(metadata(home, athena.run("select 1 as i where false"))) == 60


def test_a_description_has_the_length_that_aws_writes() -> None:
    assert len(protobuf.encoded("x" * 36, [text_column(name) for name in ("col_name", "data_type", "comment")])) == 152
    assert len(protobuf.encoded("x" * 36, [text_column("createtab_stmt")])) == 88


def test_describe_lays_out_hive_and_iceberg_tables_as_aws(home: Any, athena: Any, hive: Any) -> None:
    hive("csv_described", {"n": "int"}, {}, keys={"p": "string"})
    pad = " " * 20
    line = f"{'n':20}\t{'int':20}\t{pad}", f"{'p':20}\t{'string':20}\t{pad}"
    head = ["\t \t ", "# Partition Information\t \t ", "# col_name            \tdata_type           \tcomment             ", "\t \t "]
    assert [row[0] for row in athena.rows("describe lake.csv_described")] == [*line, *head, line[1]]
    assert athena.rows("show columns in lake.csv_described") == [[f"{'n':20}"], [f"{'p':20}"]]
    execution = athena.run("desc lake.csv_described")
    body = home.client("s3").get_object(Bucket="results", Key=f"athena/{execution['QueryExecutionId']}.txt")["Body"].read()
    assert len(body) == 291
    assert "UpdateCount" not in athena.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert [row[0] for row in athena.rows("describe lake.calls")] == [
        "# Table schema:\t\t", "# col_name\tdata_type\tcomment", "id\tbigint\t", "start\ttimestamp\t", "caller\tstring\t", "cost\tdouble\t",
        "\t\t", "# Partition spec:\t\t", "# field_name\tfield_transform\tcolumn_name", "start_month\tmonth\tstart",
    ]  # fmt: skip
    assert athena.rows("show columns from lake.calls") == [["id"], ["start"], ["caller"], ["cost"]]


def test_what_cannot_be_described_is_refused_or_fails_as_on_aws(athena: Any) -> None:
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match="Entity Not Found"):
        athena.start("describe lake.nowhere")
    execution = athena.run("show tables in nowhere")
    assert execution["Status"]["StateChangeReason"] == "FAILED: SemanticException [Error 10072]: Database does not exist: nowhere"
    assert (execution["Status"]["AthenaError"]["ErrorCategory"], execution["Status"]["AthenaError"]["ErrorType"]) == (1, 1502)


def test_patterns_choose_tables_and_databases(athena: Any, hive: Any) -> None:
    hive("csv_pattern", {"n": "int"}, {})
    for pattern in ("'csv_pat*'", "like 'csv_pat*'", "'csv_pat.*'", "'csv_pattern'"):
        assert athena.rows(f"show tables in lake {pattern}") == [["csv_pattern"]]
    assert athena.rows("show databases like 'lake'") == [["lake"]]
    assert athena.rows("show schemas like 'la%'") == []
    assert ["EXTERNAL\tTRUE"] in athena.rows("show tblproperties lake.noted")


def test_show_create_table_lays_out_an_iceberg_table_as_aws(athena: Any) -> None:
    athena.run("create table lake.shown with (table_type = 'ICEBERG', is_external = false, location = 's3://lake/shown/') as select 1 as n")
    assert [row[0] for row in athena.rows("show create table lake.shown")] == [
        "CREATE TABLE lake.shown (", "  n int)", "LOCATION 's3://lake/shown'", "TBLPROPERTIES (", "  'table_type'='iceberg',",
        "  'format'='PARQUET',", "  'write_compression'='ZSTD');",
    ]  # fmt: skip


def test_show_create_table_lays_out_a_hive_table(athena: Any, hive: Any) -> None:
    hive("lazy_shown", {"n": "int", "t": "string"}, {}, keys={"p": "string"})
    shown = [row[0] for row in athena.rows("show create table lake.lazy_shown")]
    assert shown[:5] == ["CREATE EXTERNAL TABLE `lake.lazy_shown`(", "  `n` int, ", "  `t` string)", "PARTITIONED BY ( ", "  `p` string)"]
    assert shown[5:9] == [
        "ROW FORMAT SERDE ",
        "  'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe' ",
        "WITH SERDEPROPERTIES ( ",
        "  'field.delim'='|') ",
    ]
    assert shown[13:15] == ["LOCATION", "  's3://lake/lazy_shown'"]
