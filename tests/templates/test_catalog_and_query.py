"""Databases, the workgroup and the questions in it."""

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

from stacks.flows.balance import balance_query
from stacks.parts.questions import QuestionError, read_question, with_databases
from tests.templates.reading import Platform, text


def workgroup(platform: Platform) -> Any:
    [found] = platform.every("AWS::Athena::WorkGroup")
    return found.properties["WorkGroupConfiguration"]


def test_every_zone_of_tables_has_a_database_that_says_where_it_lies(platform: Platform) -> None:
    found = {
        each.properties["DatabaseInput"]["Name"]: text(each.properties["DatabaseInput"]["LocationUri"])
        for each in platform.every("AWS::Glue::Database")
    }
    assert set(found) == {f"lakemill_{platform.env}_{zone}" for zone in ("raw", "cleaned", "curated", "quarantine")}
    for name, location in found.items():
        zone = name.rsplit("_", 1)[1]
        assert re.fullmatch(
            rf"s3://<lakemill-{platform.env}-storage:\w*{zone.capitalize()}Bucket\w+>/{'' if zone == 'raw' else 'warehouse/'}", location
        )


def test_clients_cannot_change_the_workgroups_settings(platform: Platform) -> None:
    assert workgroup(platform)["EnforceWorkGroupConfiguration"] is True


def test_results_are_encrypted_with_the_data_key_and_stay_with_their_owner(platform: Platform) -> None:
    results = workgroup(platform)["ResultConfiguration"]
    assert results["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    assert "DataKey" in text(results["EncryptionConfiguration"]["KmsKey"])
    assert text(results["ExpectedBucketOwner"]) == "<AWS::AccountId>"
    assert re.fullmatch(r"s3://<[^>]*ResultsBucket[^>]*>/athena/", text(results["OutputLocation"]))


def test_a_query_may_scan_as_much_as_its_environment_allows(dev: Platform, prod: Platform) -> None:
    assert workgroup(dev)["BytesScannedCutoffPerQuery"] == 2_048_000_000
    assert workgroup(prod)["BytesScannedCutoffPerQuery"] == 102_400_000_000


def test_the_workgroup_reports_metrics_and_uses_engine_3(platform: Platform) -> None:
    assert workgroup(platform)["PublishCloudWatchMetricsEnabled"] is True
    assert workgroup(platform)["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}


def test_every_question_is_a_named_query_with_a_description_in_the_dialect_of_athena(platform: Platform) -> None:
    questions = platform.every("AWS::Athena::NamedQuery")
    assert {each.properties["Name"] for each in questions} >= {"Busiest hours", "Carrier errors", "Files in and out"}
    for question in questions:
        assert question.properties["Description"]
        sql = re.sub(r"<[^>]*?(Cleaned|Curated|Quarantine)Database\w*>", r"\1", text(question.properties["QueryString"]))
        assert "{" not in sql
        assert len(sqlglot.parse(sql, read="athena")) == 1


def test_a_question_without_a_header_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bare.sql"
    file.write_text("select 1")
    with pytest.raises(QuestionError, match=r"bare.sql: begin with the lines `-- name: …`"):
        read_question(file)


def test_a_question_about_an_unknown_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=r"lost.sql: \{attic\} names no database; allowed are cleaned in braces"):
        with_databases("select * from {attic}.calls", databases={"cleaned": "c"}, file=tmp_path / "lost.sql")


@pytest.fixture
def lake() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("create schema c")
    connection.execute(
        "create table c.ledger (run_id text, dataset text, "
        "rows_in bigint, rows_cleaned bigint, rows_quarantined bigint, rows_duplicate bigint)"
    )
    connection.execute("create table c.calls as select unnest(range(7)) as record_id")
    connection.execute("create table c.carriers (record_id bigint)")
    connection.execute("insert into c.ledger values ('one', 'calls', 6, 4, 1, 1), ('two', 'calls', 4, 3, 1, 0)")
    return connection


def verdict(lake: duckdb.DuckDBPyConnection, *, run: str = "two", percent: int = 25) -> tuple[str, str, str]:
    query = balance_query(datasets=["calls", "carriers"], cleaned="c", max_percent=percent)
    [sql] = sqlglot.transpile(query, read="athena", write="duckdb")
    [row] = lake.execute(sql, [run]).fetchall()
    return row


def test_the_check_is_balanced_when_every_row_taken_in_stands_somewhere(lake: duckdb.DuckDBPyConnection) -> None:
    assert verdict(lake)[:2] == (
        "true",
        "calls: 10 in, 7 cleaned, 2 quarantined, 1 duplicate, 7 in the table; "
        "carriers: 0 in, 0 cleaned, 0 quarantined, 0 duplicate, 0 in the table",
    )


@pytest.mark.parametrize(
    "damage",
    [
        "delete from c.calls where record_id = 3",
        "insert into c.carriers values (1)",
        "update c.ledger set rows_in = rows_in + 1",
        "delete from c.ledger",
    ],
)
def test_the_check_tips_when_a_row_is_missing_too_many_or_unaccounted(lake: duckdb.DuckDBPyConnection, damage: str) -> None:
    lake.execute(damage)
    believed, _, why = verdict(lake)
    assert believed == "false"
    assert "rows do not add up: " in why


def test_the_check_tips_when_more_rows_of_the_run_were_refused_than_allowed(lake: duckdb.DuckDBPyConnection) -> None:
    believed, sentence, why = verdict(lake, percent=24)
    assert (believed, sentence) == ("false", verdict(lake)[1])
    assert why.startswith(
        "too many rows were refused: 1 of 4 rows of calls in this run, more than the 24 percent allowed; see quarantine.calls; carriers: "
    )
    assert verdict(lake, run="one", percent=24)[0] == verdict(lake, run="nothing new", percent=0)[0] == "true"


def test_what_a_retry_takes_out_of_quarantine_does_not_hide_what_the_run_refused(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("insert into c.ledger values ('two', 'calls', 0, 0, -1, 1)")
    assert verdict(lake)[0] == "true"
    assert verdict(lake, percent=24)[0] == "false"
