"""Views and DROP: what they keep in Glue, and whose rights a view is read with."""

import base64
import json
from typing import Any

import pytest

GLUE = {"Action": ["glue:Get*"], "Resource": "*"}
ASK = {"Action": ["athena:*"], "Resource": "*"}
RESULTS = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::results/*"}


@pytest.fixture(scope="module")
def view(athena: Any) -> str:
    """A view over calls, with a renamed column and a calculated one."""
    sql = "create view lake.cheap as select id as number, cost / 2 as half from calls where cost < 5e5"
    made = athena.run(sql, QueryExecutionContext={"Database": "lake"})
    assert (made["Status"]["State"], made["StatementType"], made["SubstatementType"]) == ("SUCCEEDED", "DDL", "CREATE_VIEW")
    return "lake.cheap"


def test_a_view_is_its_query(athena: Any, view: str) -> None:
    assert athena.rows(f"select * from {view} order by number")[:3] == [["number", "half"], ["0", "0.0"], ["1", "50000.0"]]
    assert athena.rows(f"select count(*), max(v.number) from {view} as v join lake.calls c on c.id = v.number")[1] == ["5", "4"]
    assert athena.rows(f"with calls as (select 1 as id) select count(*) from {view}, calls")[1] == ["5"]


def test_glue_keeps_a_view_as_athena_does(home: Any, athena: Any, view: str) -> None:
    table = home.client("glue").get_table(DatabaseName="lake", Name="cheap")["Table"]
    assert (table["TableType"], table["Parameters"]["presto_view"], table["ViewExpandedText"]) == (
        "VIRTUAL_VIEW",
        "true",
        "/* Presto View */",
    )
    body = json.loads(base64.b64decode(table["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */")))
    assert body["columns"] == [{"name": "number", "type": "bigint"}, {"name": "half", "type": "double"}]
    assert (body["catalog"], body["schema"]) == ("awsdatacatalog", "lake")
    assert body["originalSql"].startswith("select id as number")
    assert ["cheap"] in athena.rows("show views in lake")
    assert athena.rows(f"describe {view}") == [["number\tbigint"], ["half\tdouble"]]
    assert athena.rows(f"show create view {view}")[0] == ["CREATE VIEW lake.cheap AS"]


def test_a_view_is_read_with_its_readers_rights(person: Any, view: str) -> None:
    reason = person("views-only", ASK, GLUE, RESULTS).reason(f"select * from {view}")
    assert reason.startswith("PERMISSION_DENIED: Access Denied when reading from location: s3://lake/warehouse/calls/")


def test_a_view_is_replaced_only_when_asked(athena: Any) -> None:
    assert athena.run("create view lake.turning as select 1 as a")["Status"]["State"] == "SUCCEEDED"
    assert (
        athena.reason("create view lake.turning as select 2 as a") == "TABLE_ALREADY_EXISTS: line 1:1: View already exists: 'lake.turning'"
    )
    assert athena.run("create or replace view lake.turning as select a + 1 as a from (values 1) t(a)")["Status"]["State"] == "SUCCEEDED"
    assert athena.rows("select a from lake.turning")[1:] == [["2"]]
    assert "Table already exists" in athena.reason("create or replace view lake.calls as select 1 as a")
    assert athena.reason("create view lake.nameless as select 1").startswith("MISSING_COLUMN_NAME")
    assert athena.reason("create view lake.wrong as select nope from lake.calls").startswith("COLUMN_NOT_FOUND")
    assert athena.reason("insert into lake.turning select 1") == "NOT_SUPPORTED: line 1:1: Inserting into views is not supported"


def test_a_view_of_itself_ends(athena: Any) -> None:
    assert athena.run("create view lake.serpent as select 1 as a")["Status"]["State"] == "SUCCEEDED"
    assert athena.run("create or replace view lake.serpent as select a from lake.serpent")["Status"]["State"] == "SUCCEEDED"
    assert athena.reason("select * from lake.serpent").startswith("VIEW_IS_RECURSIVE")


def test_dropping_a_hive_table_keeps_its_data_and_an_iceberg_tables_data_goes(home: Any, athena: Any) -> None:
    ice = "table_type = 'ICEBERG', is_external = false, location = 's3://lake/drop/ice/'"
    athena.run("create table lake.drop_hive with (external_location = 's3://lake/drop/hive/') as select 1 as a")
    athena.run(f"create table lake.drop_ice with ({ice}) as select 1 as a")
    for name in ("drop_hive", "drop_ice"):
        dropped = athena.run(f"drop table lake.{name}")
        assert (dropped["Status"]["State"], dropped["SubstatementType"]) == ("SUCCEEDED", "DROP_TABLE")
        assert athena.reason(f"select * from lake.{name}").startswith("TABLE_NOT_FOUND")
    left = [item["Key"] for item in home.client("s3").list_objects_v2(Bucket="lake", Prefix="drop/")["Contents"]]
    assert left
    assert all(key.startswith("drop/hive/") for key in left)


def test_what_is_not_there_is_dropped_only_if_it_exists(athena: Any, view: str) -> None:
    assert athena.reason("drop table lake.nowhere") == "FAILED: SemanticException [Error 10001]: Table not found lake.nowhere"
    assert athena.run("drop table if exists lake.nowhere")["Status"]["State"] == "SUCCEEDED"
    assert "a view with that name exists" in athena.reason(f"drop table {view}")
    assert "a table with that name exists" in athena.reason("drop view lake.calls")
    assert athena.run("drop view if exists lake.nowhere")["Status"]["State"] == "SUCCEEDED"


def test_a_caller_without_the_right_drops_nothing(home: Any, athena: Any, person: Any) -> None:
    reader = person("dropper", ASK, GLUE, RESULTS)
    assert "s3:ListBucket" in reader.reason("drop table lake.calls") or "Access Denied" in reader.reason("drop table lake.calls")
    assert athena.rows("select count(*) from lake.calls")[1] == ["3000"]
