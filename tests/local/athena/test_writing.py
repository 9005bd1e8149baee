"""CREATE TABLE AS, INSERT INTO and UNLOAD: what they leave in S3 and in Glue, read back without our own code."""

import gzip
import io
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from pyarrow import parquet

ALL = (
    "select 1 as i, cast(2 as bigint) as l, 1.5e0 as d, 1.25 as n, 'x' as t, true as b, date '2020-02-29' as day, "
    "timestamp '2020-01-02 03:04:05.678' as at, cast(null as varchar) as none"
)

ICE = "table_type = 'ICEBERG', is_external = false"


@pytest.fixture
def objects(home: Any) -> Any:
    """The objects below a prefix of the lake: key -> content."""

    def found(prefix: str, bucket: str = "lake") -> dict[str, bytes]:
        s3 = home.client("s3")
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    return found


def succeeded(execution: dict[str, Any]) -> dict[str, Any]:
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    return execution


def test_ctas_makes_a_parquet_table_of_hive_types(home: Any, athena: Any, objects: Any) -> None:
    execution = succeeded(athena.run(f"create table lake.ctas_all with (external_location = 's3://lake/ctas/all') as {ALL}"))
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT")
    table = home.client("glue").get_table(DatabaseName="lake", Name="ctas_all")["Table"]
    assert [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]] == [
        ("i", "int"), ("l", "bigint"), ("d", "double"), ("n", "decimal(3,2)"), ("t", "varchar(1)"), ("b", "boolean"), ("day", "date"),
        ("at", "timestamp"), ("none", "string"),
    ]  # fmt: skip
    (content,) = objects("ctas/all/").values()
    row = parquet.read_table(io.BytesIO(content)).to_pylist()[0]
    assert (row["i"], row["n"], row["t"], row["none"]) == (1, Decimal("1.25"), "x", None)
    assert row["at"] == datetime(2020, 1, 2, 3, 4, 5, 678000)
    assert athena.rows("select * from lake.ctas_all")[1] == [
        "1", "2", "1.5", "1.25", "x", "true", "2020-02-29", "2020-01-02 03:04:05.678", None,
    ]  # fmt: skip


def test_ctas_counts_its_rows_and_lists_its_files(athena: Any, objects: Any) -> None:
    execution = succeeded(athena.run("create table lake.ctas_plain as select id, caller from lake.calls where id < 10"))
    query_id = execution["QueryExecutionId"]
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://results/athena/tables/{query_id}"
    result = athena.client.get_query_results(QueryExecutionId=query_id)
    assert (result["UpdateCount"], result["ResultSet"]["Rows"]) == (10, [])
    assert [column["Name"] for column in result["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]] == ["rows"]
    left = objects(f"athena/tables/{query_id}", "results")
    data = [key for key in left if key.startswith(f"athena/tables/{query_id}/")]
    assert sorted(left.keys() - data) == [f"athena/tables/{query_id}-manifest.csv", f"athena/tables/{query_id}.metadata"]
    assert left[f"athena/tables/{query_id}-manifest.csv"].decode().split() == [f"s3://results/{key}" for key in data]
    assert execution["Statistics"]["DataManifestLocation"] == f"s3://results/athena/tables/{query_id}-manifest.csv"


def test_ctas_by_partition_registers_each_and_names_folders_as_hive(home: Any, athena: Any, objects: Any) -> None:
    rows = "values (1, 'a/b', 2020), (2, 'c', 2021), (3, null, 2021)"
    sql = f"select v, p, y from ({rows}) t(v, p, y)"
    succeeded(
        athena.run(f"create table lake.ctas_parts with (partitioned_by = array['p', 'y'], external_location = 's3://lake/parts/') as {sql}")
    )
    folders = sorted(key.rpartition("/")[0] for key in objects("parts/"))
    assert folders == ["parts/p=__HIVE_DEFAULT_PARTITION__/y=2021", "parts/p=a%2Fb/y=2020", "parts/p=c/y=2021"]
    found = home.client("glue").get_partitions(DatabaseName="lake", TableName="ctas_parts")["Partitions"]
    assert sorted(part["Values"] for part in found) == [["__HIVE_DEFAULT_PARTITION__", "2021"], ["a/b", "2020"], ["c", "2021"]]
    assert athena.rows("select v, p, y from lake.ctas_parts order by v")[1:] == [
        ["1", "a/b", "2020"],
        ["2", "c", "2021"],
        ["3", None, "2021"],
    ]
    assert athena.rows("show partitions lake.ctas_parts") == [["p=__HIVE_DEFAULT_PARTITION__/y=2021"], ["p=a/b/y=2020"], ["p=c/y=2021"]]
    assert athena.rows('select p from lake."ctas_parts$partitions" order by y')[1] == ["a/b"]


def test_ctas_writes_json_and_delimited_text(athena: Any, objects: Any) -> None:
    row = "select 1 as i, array[1, 2] as l, map(array['k'], array[1.5]) as m, cast(row(1, 'x') as row(a integer, b varchar)) as r, 'ü' as t"
    succeeded(athena.run(f"create table lake.ctas_json with (format = 'JSON', external_location = 's3://lake/as-json/') as {row}"))
    ((key, content),) = objects("as-json/").items()
    assert key.endswith(".gz")
    assert json.loads(gzip.decompress(content)) == {"i": 1, "l": [1, 2], "m": {"k": 1.5}, "r": {"a": 1, "b": "x"}, "t": "ü"}
    place = "external_location = 's3://lake/as-text/', field_delimiter = '|', write_compression = 'NONE'"
    text = "values (1, null, 1e10, true), (2, 'b', cast(0.5 as double), false)"
    succeeded(athena.run(f"create table lake.ctas_text with (format = 'TEXTFILE', {place}) as select * from ({text}) t(a, b, c, d)"))
    assert list(objects("as-text/").values()) == [b"1|\\N|1.0E10|true\n2|b|0.5|false\n"]
    assert athena.rows("select * from lake.ctas_text order by a")[1:] == [["1", None, "1.0E10", "true"], ["2", "b", "0.5", "false"]]


@pytest.mark.parametrize("properties", ["external_location = 's3://lake/empty/h/'", f"{ICE}, location = 's3://lake/empty/i/'"])
def test_ctas_with_no_data_makes_an_empty_table(athena: Any, properties: str) -> None:
    name = f"empty_{len(properties)}"
    made = succeeded(athena.run(f"create table lake.{name} with ({properties}) as select id, caller from lake.calls with no data"))
    assert made["Statistics"]["DataScannedInBytes"] == 0
    assert athena.client.get_query_results(QueryExecutionId=made["QueryExecutionId"])["UpdateCount"] == 0
    assert athena.rows(f"select * from lake.{name}") == [["id", "caller"]]


@pytest.mark.parametrize("properties", ["external_location = 's3://lake/nested/h/'", f"{ICE}, location = 's3://lake/nested/i/'"])
def test_nested_values_and_bytes_are_kept(athena: Any, properties: str) -> None:
    name = f"nested_{len(properties)}"
    values = "array[1, null] as l, map(array['k'], array[1.5]) as m, cast(row(1, 'x') as row(a integer, b varchar)) as r, true as b"
    succeeded(athena.run(f"create table lake.{name} with ({properties}) as select {values}"))
    succeeded(athena.run(f"insert into lake.{name} (b, l) select false, array[7]"))
    rows = athena.rows(f"select l, m, r, b from lake.{name} order by b desc")[1:]
    assert rows == [["[1, null]", "{k=1.5}", "{a=1, b=x}", "true"], ["[7]", None, None, "false"]]


@pytest.mark.parametrize("key", ["date '2020-02-29'", "true", "cast(1.50 as decimal(5, 2))", "timestamp '2020-01-02 03:04:05'"])
def test_partition_values_of_every_kind_come_back(athena: Any, key: str) -> None:
    name = f"keyed_{abs(hash(key))}"
    succeeded(athena.run(f"create table lake.{name} with (partitioned_by = array['k']) as select 1 as a, {key} as k"))
    assert athena.rows(f"select count(*) from lake.{name} where k = {key}")[1] == ["1"]


def test_what_is_read_to_write_is_counted_once(athena: Any) -> None:
    read = athena.run("select id, caller from lake.calls")["Statistics"]["DataScannedInBytes"]
    made = succeeded(athena.run("create table lake.counted as select id, caller from lake.calls"))
    assert made["Statistics"]["DataScannedInBytes"] == read > 0


def test_ctas_makes_an_iceberg_table_that_another_engine_reads(home: Any, athena: Any, lake: Any) -> None:
    properties = "table_type = 'ICEBERG', is_external = false, location = 's3://lake/ice/by-day', partitioning = array['day(at)', 'who']"
    moments = ("2020-01-01 10:00:00", "2020-01-01 23:59:59.999", "2020-01-02 00:00:00")
    rows = "values " + ", ".join(f"({i}, timestamp '{at}', '{'aab'[i - 1]}')" for i, at in enumerate(moments, 1))
    execution = succeeded(athena.run(f"create table lake.ice with ({properties}) as select * from ({rows}) t(id, at, who)"))
    assert athena.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["UpdateCount"] == 3
    assert "DataManifestLocation" not in execution["Statistics"]
    table = lake.load_table("lake.ice")
    assert str(table.schema().find_type("at")) == "timestamp"
    assert [str(field.transform) for field in table.spec().fields] == ["day", "identity"]
    assert table.properties["write.parquet.compression-codec"] == "zstd"
    assert sorted(row["id"] for row in table.scan().to_arrow().to_pylist()) == [1, 2, 3]
    partitions = {(file.partition[0], file.partition[1], file.record_count) for file in (task.file for task in table.scan().plan_files())}
    assert partitions == {(18262, "a", 2), (18263, "b", 1)}


def test_insert_adds_rows_to_both_kinds_of_tables(home: Any, athena: Any, lake: Any) -> None:
    succeeded(athena.run("create table lake.more with (partitioned_by = array['p']) as select cast(1 as bigint) as v, 'x' as t, 'a' as p"))
    execution = succeeded(athena.run("insert into lake.more (p, v) values ('a', 2), ('b', 3)"))
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://results/athena/{execution['QueryExecutionId']}"
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "INSERT")
    assert athena.rows("select v, t, p from lake.more order by v")[1:] == [["1", "x", "a"], ["2", None, "a"], ["3", None, "b"]]
    assert len(home.client("glue").get_partitions(DatabaseName="lake", TableName="more")["Partitions"]) == 2
    succeeded(athena.run("create table lake.ice_more with (table_type = 'ICEBERG', is_external = false, location = 's3://lake/ice/more/', "
                         "partitioning = array['month(at)']) as select 1 as id, timestamp '2020-01-01 00:00:00' as at"))  # fmt: skip
    execution = succeeded(athena.run("insert into lake.ice_more select 2, date '2020-02-01'"))
    assert athena.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])["UpdateCount"] == 1
    rows = lake.load_table("lake.ice_more").scan().to_arrow().sort_by("id").to_pylist()
    assert rows == [{"id": 1, "at": datetime(2020, 1, 1)}, {"id": 2, "at": datetime(2020, 2, 1)}]
    succeeded(athena.run("insert into lake.ice_more select 2, date '2020-02-01' where false"))
    assert len(lake.load_table("lake.ice_more").snapshots()) == 2


def test_unload_writes_files_and_no_table(athena: Any, objects: Any) -> None:
    select = "select id, caller, month(start) as m from lake.calls where id < 6"
    execution = succeeded(athena.run(f"unload ({select}) to 's3://lake/unloaded/' with (format = 'PARQUET', partitioned_by = array['m'])"))
    assert execution["SubstatementType"] == "UNLOAD"
    found = objects("unloaded/")
    assert sorted(key.split("/")[1] for key in found) == ["m=1", "m=2", "m=3"]
    january = next(content for key, content in found.items() if "m=1/" in key)
    assert parquet.read_table(io.BytesIO(january)).to_pylist() == [{"id": 0, "caller": None}, {"id": 3, "caller": '03"x'}]
    listed = objects(f"athena/{execution['QueryExecutionId']}-manifest.csv", "results").popitem()[1].decode().split()
    assert sorted(listed) == sorted(f"s3://lake/{key}" for key in found)
    again = athena.reason(f"unload ({select}) to 's3://lake/unloaded/' with (format = 'JSON')")
    assert again == "HIVE_PATH_ALREADY_EXISTS: Target directory already exists: s3://lake/unloaded/"


def test_what_is_inserted_is_encrypted_as_the_workgroup_says(home: Any, athena: Any) -> None:
    key = home.client("kms").create_key()["KeyMetadata"]["Arn"]
    result = {"OutputLocation": "s3://results/athena/", "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": key}}
    succeeded(
        athena.run("create table lake.secret with (external_location = 's3://lake/secret/') as select 1 as a", ResultConfiguration=result)
    )
    (item,) = home.client("s3").list_objects_v2(Bucket="lake", Prefix="secret/")["Contents"]
    assert home.client("s3").head_object(Bucket="lake", Key=item["Key"])["SSEKMSKeyId"] == key
