"""Writing that AWS refuses is refused, in its words, and leaves no table."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ASK = {"Action": ["athena:*"], "Resource": "*"}
LOOK = {"Action": ["glue:Get*"], "Resource": "*"}
CREATE = {"Action": ["glue:CreateTable", "glue:UpdateTable", "glue:BatchCreatePartition"], "Resource": "*"}
READ = {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*", "arn:aws:s3:::results"]}
RESULTS = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::results/*"}
WRITE = {"Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::lake/*"}
ICE = "table_type = 'ICEBERG', is_external = false, location = 's3://lake/refused/ice/'"
MANY = "from (select * from unnest(sequence(1, 101)) t(p))"
CLEAN = "You may need to manually clean the data at location '{}' before retrying. Athena will not delete data in your account."
CTAS = [
    ("", "select 1", "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1."),
    ("", "select 1 as a, 2 as a", "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'a' specified more than once."),
    ("", "select null as a", "COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown at position 1."),
    ("", "select nope from lake.calls", "COLUMN_NOT_FOUND: line 1:"),
    ("", "select now() as a", "NOT_SUPPORTED: Unsupported Hive type: timestamp(3) with time zone."),
    ("", "select start from lake.calls",
     "NOT_SUPPORTED: Incorrect timestamp precision for timestamp(6); the configured precision is MILLISECONDS; column name: start."),
    ("partitioned_by = array['a']", "select 1 as a, 2 as b", "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns"),
    ("partitioned_by = array['c']", "select 1 as a", "INVALID_TABLE_PROPERTY: Partition columns [c] not present in schema."),
    ("partitioned_by = array['a']", "select 1 as a", "INVALID_TABLE_PROPERTY: Table contains only partition columns."),
    ("partitioned_by = array['p']", f"select 1 as a, p {MANY}",
     "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions/buckets."),
    (f"{ICE}, partitioning = array['p']", f"select p {MANY}", "ICEBERG_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers"),
    (f"{ICE}, partitioning = array['bucket(a, 4)']", "select 1 as a", "NOT_SUPPORTED: the partitioning bucket(a, 4) (the local Athena"),
    (f"{ICE}, partitioning = array['hour(d)']", "select date '2020-01-01' as d", "INVALID_TABLE_PROPERTY: Unable to parse partitioning"),
    (f"{ICE}, partitioning = array['day(t)', 'month(t)']", "select timestamp '2020-01-01 00:00:00' as t", "NOT_SUPPORTED: partitioning"),
    (ICE, "select cast(1 as smallint) as a", "NOT_SUPPORTED: Type not supported for Iceberg: smallint."),
    ("table_type = 'ICEBERG', location = 's3://lake/refused/'", "select 1 as a", "INVALID_TABLE_PROPERTY: An Iceberg table is not"),
    ("bucketed_by = array['a'], bucket_count = 2", "select 1 as a", "NOT_SUPPORTED: writing buckets (the local Athena"),
    ("format = 'ORC'", "select 1 as a", "NOT_SUPPORTED: writing ORC"),
    ("nope = 1", "select 1 as a", "INVALID_TABLE_PROPERTY: line 1:1: Catalog 'awsdatacatalog' table property 'nope' does not exist"),
    ("format = 7", "select 1 as a", "INVALID_TABLE_PROPERTY: line 1:1: Invalid value for table property 'format': 7"),
]  # fmt: skip
INSERT = [
    (
        "(a, b) select 'x', 1",
        "TYPE_MISMATCH: Insert query has mismatched column types: Table: [bigint, varchar(1)], Query: [varchar(1), integer].",
    ),
    ("select 1", "TYPE_MISMATCH: Insert query has mismatched column types: Table: [bigint, varchar(1)], Query: [integer]."),
    ("(b) select 'xy'", "TYPE_MISMATCH: Insert query has mismatched column types: Table: [varchar(1)], Query: [varchar(2)]."),
    (
        "(b) select caller from lake.calls",
        "TYPE_MISMATCH: Insert query has mismatched column types: Table: [varchar(1)], Query: [varchar].",
    ),
    ("(a) select 1.5", "TYPE_MISMATCH: Insert query has mismatched column types: Table: [bigint], Query: [decimal(2,1)]."),
    ("(c) select 1", "COLUMN_NOT_FOUND: line 1:26: Insert column name does not exist in target table: c."),
    ("(a, a) select 1, 2", "DUPLICATE_COLUMN_NAME: line 1:29: Insert column name is specified more than once: a."),
]


def tables(home: Any) -> list[str]:
    return [table["Name"] for table in home.client("glue").get_tables(DatabaseName="lake")["TableList"]]


@pytest.fixture(scope="module")
def target(athena: Any) -> str:
    """A Hive table with the columns a (bigint) and b (varchar)."""
    made = athena.run("create table lake.target with (external_location = 's3://lake/target/') as select cast(1 as bigint) as a, 'x' as b")
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]
    return "lake.target"


@pytest.mark.parametrize(("properties", "query", "reason"), CTAS, ids=[f"{p} {q}"[:60] for p, q, _ in CTAS])
def test_a_table_that_cannot_be_is_not_made(home: Any, athena: Any, properties: str, query: str, reason: str) -> None:
    text = f"create table lake.refused {f'with ({properties})' if properties else ''} as {query}"
    assert athena.reason(text).startswith(reason)
    assert "refused" not in tables(home)


def test_ctas_into_a_used_place_says_which(athena: Any, target: str) -> None:
    reason = athena.reason("create table lake.again with (external_location = 's3://lake/target') as select 1 as a")
    expected = "HIVE_PATH_ALREADY_EXISTS: Target directory for table 'lake.again' already exists: s3://lake/target. "
    assert reason == expected + CLEAN.format("s3://lake/target/")


def test_ctas_over_a_table_fails_unless_it_may_exist(athena: Any, target: str) -> None:
    sql = "create table {}lake.target as select 1 as a"
    assert athena.reason(sql.format("")) == "TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.lake.target' already exists"
    made = athena.run(sql.format("if not exists "))
    assert athena.client.get_query_results(QueryExecutionId=made["QueryExecutionId"])["UpdateCount"] == 0
    assert athena.rows("select a, b from lake.target")[1:] == [["1", "x"]]


def test_an_enforcing_workgroup_places_tables_itself(athena: Any) -> None:
    athena.client.create_work_group(Name="places", Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/places/"}})
    with pytest.raises(ClientError, match=r"external_location.*enforces a centralized output location"):
        athena.start("create table lake.placed with (external_location = 's3://lake/placed/') as select 1 as a", WorkGroup="places")
    athena.run(
        "prepare sneaky from create table lake.placed with (external_location = 's3://lake/placed/') as select 1 as a", WorkGroup="places"
    )
    assert "enforces a centralized output location" in athena.reason("execute sneaky", WorkGroup="places")
    made = athena.run("create table lake.placed as select 1 as a", WorkGroup="places")
    assert made["ResultConfiguration"]["OutputLocation"] == f"s3://results/places/tables/{made['QueryExecutionId']}"
    assert athena.rows("select * from lake.placed") == [["a"], ["1"]]


@pytest.mark.parametrize(("what", "reason"), INSERT, ids=[what for what, _ in INSERT])
def test_rows_that_do_not_fit_are_not_inserted(athena: Any, target: str, what: str, reason: str) -> None:
    text = athena.reason(f"insert into {target} {what}")
    assert text.startswith(reason)
    assert text.endswith("Athena will not delete data in your account.")
    assert athena.rows(f"select count(*) from {target}")[1] == ["1"]


def test_inserts_into_what_is_no_writable_table_fail(athena: Any, hive: Any) -> None:
    hive("csv_closed", {"a": "string"}, {})
    assert athena.reason("insert into lake.csv_closed select 'x'").startswith("NOT_SUPPORTED: writing into the table lake.csv_closed")
    assert "Table 'awsdatacatalog.lake.nowhere' does not exist" in athena.reason("insert into lake.nowhere select 1")
    assert "does not support inserts into metadata tables" in athena.reason('insert into lake."calls$files" select 1')


@pytest.mark.parametrize(
    ("missing", "sql", "texts"),
    [
        (LOOK, "insert into lake.target select 1, 'x'", ["Insufficient permissions", "glue:GetTable on resource: arn:aws:glue:"]),
        (WRITE, "insert into lake.target select 1, 'x'",
         ["Access Denied when writing to location: s3://lake/target/", "s3:PutObject on resource: arn:aws:s3:::lake/target/"]),
        (WRITE, "unload (select 1 as a) to 's3://lake/by-person/' with (format = 'JSON')", ["PERMISSION_DENIED", "s3://lake/by-person/"]),
        (CREATE, "create table lake.by_person as select 1 as a", ["Insufficient permissions", "glue:CreateTable on resource: arn:"]),
        (CREATE, f"create table lake.by_person with ({ICE}) as select 1 as a", ["Insufficient permissions", "glue:CreateTable"]),
        (READ, "create table lake.by_person as select id from lake.calls", ["PERMISSION_DENIED: Access Denied when reading from location"]),
    ],
)  # fmt: skip
def test_a_missing_right_is_named_and_leaves_no_table(
    home: Any, person: Any, target: str, missing: Any, sql: str, texts: list[str]
) -> None:
    name = f"writer-{abs(hash((json.dumps(missing), sql)))}"
    reason = person(name, *(right for right in (ASK, LOOK, CREATE, READ, RESULTS, WRITE) if right is not missing)).reason(sql)
    assert all(text in reason for text in texts), reason
    assert "by_person" not in tables(home)


def test_a_table_whose_partitions_cannot_be_registered_is_taken_back(home: Any, person: Any) -> None:
    rights = {"Action": ["glue:CreateTable", "glue:DeleteTable"], "Resource": "*"}
    sql = "create table lake.by_person with (partitioned_by = array['p']) as select 1 as a, 'x' as p"
    assert "glue:BatchCreatePartition" in person("no-partitions", ASK, LOOK, rights, READ, RESULTS, WRITE).reason(sql)
    assert "by_person" not in tables(home)


def test_a_bucket_that_is_not_there_is_named(athena: Any) -> None:
    reason = athena.reason("create table lake.lost with (external_location = 's3://no-such-bucket/x/') as select 1 as a")
    assert reason.startswith("HIVE_FILESYSTEM_ERROR: Failed checking path: s3://no-such-bucket/x/")


def test_a_caller_with_the_rights_writes(person: Any, target: str) -> None:
    writer = person("writer", ASK, LOOK, CREATE, READ, RESULTS, WRITE)
    made = writer.run(f"create table lake.written with ({ICE.replace('refused', 'written')}) as select id from lake.calls where id < 3")
    assert made["Status"]["State"] == "SUCCEEDED", made["Status"]
    assert writer.rows("select count(*) from lake.written")[1] == ["3"]


def test_what_scans_too_much_leaves_no_table(home: Any, athena: Any, hive: Any) -> None:
    athena.client.create_work_group(
        Name="small",
        Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/small/"}, "BytesScannedCutoffPerQuery": 10_000_000},
    )
    hive("csv_big", {"text": "string"}, {"x.csv": b"123456789\n" * 1_100_000})
    status = athena.run("create table lake.too_much as select text from lake.csv_big", WorkGroup="small")["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled! : Bytes scanned limit was exceeded")
    assert "too_much" not in tables(home)
