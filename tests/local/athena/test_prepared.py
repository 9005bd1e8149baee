"""Prepared statements, by SQL and by API, and values in the place of question marks."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

GLUE = {"Action": ["glue:Get*"], "Resource": "*"}
RESULTS = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::results/*"}


def refused(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_a_statement_is_prepared_executed_and_forgotten(athena: Any) -> None:
    prepared = athena.run("PREPARE some FROM select id, ? as label from lake.calls where id < ? order by id")
    assert (prepared["Status"]["State"], prepared["StatementType"], prepared["SubstatementType"]) == ("SUCCEEDED", "UTILITY", "PREPARE")
    execution = athena.run("EXECUTE some USING 'x', 2")
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "EXECUTE")
    assert athena.rows("EXECUTE some USING 'a,b', (1 + 1)") == [["id", "label"], ["0", "a,b"], ["1", "a,b"]]
    assert athena.rows("execute some", ExecutionParameters=["'y'", "1"]) == [["id", "label"], ["0", "y"]]
    assert (
        athena.reason("execute some using 1") == "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1"
    )
    assert athena.run("deallocate prepare some")["Status"]["State"] == "SUCCEEDED"
    assert athena.reason("execute some using 'x', 1").endswith("No Prepared Statement with statement name some exists in WorkGroup primary")
    assert "was not found" in athena.reason("deallocate prepare some")


def test_a_prepared_insert_inserts(athena: Any) -> None:
    athena.run("create table lake.by_statement as select 1 as a")
    athena.run("prepare adding from insert into lake.by_statement select ?")
    execution = athena.run("execute adding using 7")
    result = athena.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    assert (result["UpdateCount"], result["ResultSet"]["Rows"]) == (1, [])
    assert athena.rows("select a from lake.by_statement order by a")[1:] == [["1"], ["7"]]


def test_the_api_keeps_statements_by_workgroup(athena: Any) -> None:
    client, named = athena.client, {"StatementName": "mine", "WorkGroup": "primary"}
    client.create_prepared_statement(**named, QueryStatement="select ?", Description="one")
    assert refused(client.create_prepared_statement, **named, QueryStatement="select ?")[1].startswith(
        "PreparedStatement mine already exists"
    )
    found = client.get_prepared_statement(**named)["PreparedStatement"]
    assert (found["QueryStatement"], found["WorkGroupName"], found["Description"]) == ("select ?", "primary", "one")
    client.update_prepared_statement(**named, QueryStatement="select ? + 1")
    batch = client.batch_get_prepared_statement(PreparedStatementNames=["mine", "yours"], WorkGroup="primary")
    assert [each["QueryStatement"] for each in batch["PreparedStatements"]] == ["select ? + 1"]
    assert [each["StatementName"] for each in batch["UnprocessedPreparedStatementNames"]] == ["yours"]
    client.create_prepared_statement(StatementName="next", WorkGroup="primary", QueryStatement="select 1")
    first = client.list_prepared_statements(WorkGroup="primary", MaxResults=1)
    second = client.list_prepared_statements(WorkGroup="primary", NextToken=first["NextToken"])
    listed = [each["StatementName"] for each in first["PreparedStatements"] + second["PreparedStatements"]]
    assert {"mine", "next"} <= set(listed)
    assert listed == sorted(listed)
    client.delete_prepared_statement(**named)
    assert refused(client.get_prepared_statement, **named) == (
        "ResourceNotFoundException", "No Prepared Statement with statement name mine exists in WorkGroup primary",
    )  # fmt: skip
    assert refused(client.delete_prepared_statement, **named)[1] == "PreparedStatement mine was not found in WorkGroup primary"


@pytest.mark.parametrize(
    ("name", "workgroup", "text", "message"),
    [
        ("wrong", "primary", "selec 1", "line 1:1: mismatched input 'selec'"),
        ("wrong", "primary", "show tables", "Parameterized queries are supported only for"),
        ("wrong", "nowhere", "select 1", "WorkGroup is not found."),
        ("not good", "primary", "select 1", "Statement name 'not good'"),
    ],
)
def test_what_cannot_be_prepared_is_refused(athena: Any, name: str, workgroup: str, text: str, message: str) -> None:
    code, found = refused(athena.client.create_prepared_statement, StatementName=name, WorkGroup=workgroup, QueryStatement=text)
    assert code == "InvalidRequestException"
    assert found.startswith(message)


def test_preparing_needs_its_own_right(person: Any) -> None:
    ask = {"Action": ["athena:StartQueryExecution", "athena:GetQuery*"], "Resource": "*"}
    reason = person("unprepared", ask, GLUE, RESULTS).reason("prepare theirs from select 1")
    assert reason.startswith("Insufficient permissions")
    assert "athena:CreatePreparedStatement" in reason


def test_parameters_fill_every_kind_of_statement(athena: Any) -> None:
    made = athena.run("create table lake.filled as select id from lake.calls where id < ?", ExecutionParameters=["3"])
    assert athena.client.get_query_results(QueryExecutionId=made["QueryExecutionId"])["UpdateCount"] == 3
    code, message = refused(athena.start, sql="select ?", ExecutionParameters=[f"'{'x' * 1100}'"])
    assert (code, "less than or equal to 1024" in message) == ("InvalidRequestException", True)


def test_explain_validates_without_reading(athena: Any) -> None:
    explained = athena.run("explain (type validate) select max(id) from lake.calls")
    assert (explained["SubstatementType"], explained["Statistics"]["DataScannedInBytes"]) == ("EXPLAIN", 0)
    assert athena.rows("explain (type validate) select max(id) from lake.calls") == [["true"]]
    assert athena.reason("explain (type validate) select nope from lake.calls").startswith("COLUMN_NOT_FOUND: line 1:32")
