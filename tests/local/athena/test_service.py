"""The API over HTTP: whose rights, which workgroup, which states, which pages."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ministack.services import athena as emulated

from local.athena import executions
from local.athena.parse import parse
from local.athena.workgroups import Terms

RECORDED = Path(__file__).parents[4] / "shared" / "data" / "aws-recordings" / "dbimp-athena"
ASK = {"Action": ["athena:*"], "Resource": "*"}
GLUE = {"Action": ["glue:Get*"], "Resource": "*"}
READ = {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]}
WRITE = {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::results/*"}


def refusal(call: Any, **arguments: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answered = caught.value.response
    return str(answered.get("AthenaErrorCode", answered["Error"]["Code"])), str(answered["Error"]["Message"])


@pytest.fixture(scope="module")
def workgroup(home: Any, athena: Any) -> Any:
    """Makes a workgroup with this configuration and returns its name."""

    def made(**configuration: Any) -> str:
        name = f"group-{uuid.uuid4().hex[:8]}"
        configuration.setdefault("ResultConfiguration", {"OutputLocation": f"s3://results/{name}/"})
        athena.client.create_work_group(Name=name, Configuration=configuration)
        return name

    return made


def test_an_execution_has_the_recorded_fields(athena: Any) -> None:
    if not RECORDED.exists():
        pytest.skip("the recordings of AWS are not here")
    recorded = json.loads((RECORDED / "athena-018-post.json").read_text())["response"]["body"]["QueryExecution"]
    ours = athena.run(recorded["Query"], QueryExecutionContext={"Database": "lake"})
    assert ours.keys() == recorded.keys()
    assert ours["Statistics"].keys() == recorded["Statistics"].keys()
    assert ours["Status"].keys() == recorded["Status"].keys()
    for same in ("EngineVersion", "StatementType", "SubstatementType", "ResultReuseConfiguration", "Query"):
        assert ours[same] == recorded[same]
    assert ours["ResultConfiguration"]["OutputLocation"] == f"s3://results/athena/{ours['QueryExecutionId']}.csv"


def test_the_result_file_is_what_athena_writes(home: Any, athena: Any) -> None:
    execution = athena.run("select 1 as a, 'x\"y' as b, null as c, '' as d")
    bucket, key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").split("/", 1)
    assert home.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read() == b'"a","b","c","d"\n"1","x""y",,""\n'


def test_columns_have_trinos_types(athena: Any) -> None:
    sql = "select 1 as i, 2e0 as d, 'x' as t, 1.50 as n, date '2020-01-01' as day, array[1] as l, count(*) as c, true as b"
    query_id = athena.run(sql)["QueryExecutionId"]
    described = athena.client.get_query_results(QueryExecutionId=query_id)["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(column["Type"], column["Precision"], column["Scale"], column["CaseSensitive"]) for column in described] == [
        ("integer", 10, 0, False), ("double", 17, 0, False), ("varchar", 1, 0, True), ("decimal", 3, 2, False),
        ("date", 0, 0, False), ("array", 0, 0, False), ("bigint", 19, 0, False), ("boolean", 0, 0, False),
    ]  # fmt: skip


def test_pages_follow_each_other_with_the_header_on_the_first(athena: Any) -> None:
    query_id = athena.run("select id from lake.calls where id < 2500 order by id")["QueryExecutionId"]
    pages = list(athena.client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id))
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [1000, 1000, 501]
    cells = [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert cells == ["id", *map(str, range(2500))]
    get = athena.client.get_query_results
    assert refusal(get, QueryExecutionId=query_id, NextToken="nope") == ("INVALID_INPUT", "Malformed nextPageToken nope")
    assert refusal(get, QueryExecutionId=query_id, MaxResults=1001)[0] == "INVALID_INPUT"


def test_the_same_token_gives_the_same_query_and_another_text_is_refused(athena: Any) -> None:
    token = uuid.uuid4().hex
    assert athena.start("select 1", ClientRequestToken=token) == athena.start("select 1", ClientRequestToken=token)
    start, location = athena.client.start_query_execution, {"OutputLocation": "s3://results/athena/"}
    code, text = refusal(start, QueryString="select 2", ClientRequestToken=token, ResultConfiguration=location)
    assert (code, text) == ("IDEMPOTENT_PARAMETER_MISMATCH", "Idempotent parameters do not match")


def test_two_statements_are_refused_as_recorded(athena: Any) -> None:
    code, text = refusal(athena.start, sql="SELECT 1; SELECT 2")
    assert (code, text) == ("MALFORMED_QUERY", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2")


def test_a_query_without_a_place_for_results_is_refused(athena: Any) -> None:
    code, text = refusal(athena.client.start_query_execution, QueryString="select 1")
    assert code == "INVALID_INPUT"
    assert text.startswith("No output location provided.")


def test_an_enforcing_workgroup_wins_over_the_request(athena: Any, workgroup: Any) -> None:
    enforcing, lenient = workgroup(), workgroup(EnforceWorkGroupConfiguration=False)
    asked = athena.run("select 1", WorkGroup=enforcing)["ResultConfiguration"]["OutputLocation"]
    assert asked.startswith(f"s3://results/{enforcing}/")
    assert athena.run("select 1", WorkGroup=lenient)["ResultConfiguration"]["OutputLocation"].startswith("s3://results/athena/")
    assert refusal(athena.start, sql="select 1", WorkGroup="nobody") == ("INVALID_INPUT", "WorkGroup is not found.")


def test_results_are_encrypted_as_the_workgroup_says(home: Any, athena: Any, workgroup: Any) -> None:
    key = home.client("kms").create_key()["KeyMetadata"]["Arn"]
    encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": key}
    name = workgroup(ResultConfiguration={"OutputLocation": "s3://results/secret", "EncryptionConfiguration": encryption})
    execution = athena.run("select 1", WorkGroup=name)
    assert execution["ResultConfiguration"]["EncryptionConfiguration"] == encryption
    found = home.client("s3").head_object(Bucket="results", Key=f"secret/{execution['QueryExecutionId']}.csv")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key)


def test_a_query_that_scans_too_much_is_cancelled(athena: Any, workgroup: Any, hive: Any) -> None:
    name = workgroup(BytesScannedCutoffPerQuery=10_000_000)
    hive("csv_large", {"text": "string"}, {"x.csv": b"123456789\n" * 1_100_000})
    execution = athena.run("select count(*) from lake.csv_large", WorkGroup=name)
    assert execution["Status"]["State"] == "CANCELLED"
    assert execution["Status"]["StateChangeReason"] == "Query cancelled! : Bytes scanned limit was exceeded"
    assert execution["Statistics"]["DataScannedInBytes"] > 10_000_000
    assert athena.rows("select count(*) from lake.csv_large")[1] == ["1100000"]


def test_a_stopped_query_is_cancelled_and_has_no_results(athena: Any) -> None:
    many = "unnest(sequence(1, 3000))"
    query_id = athena.start(f"select sum(a.x * b.x + c.x) from {many} a(x), {many} b(x), {many} c(x)")
    assert refusal(athena.client.get_query_results, QueryExecutionId=query_id)[0] == "INVALID_QUERY_EXECUTION_STATE"
    athena.client.stop_query_execution(QueryExecutionId=query_id)
    status = athena.client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    assert refusal(athena.client.get_query_results, QueryExecutionId=query_id) == ("RESULT_NOT_FOUND", "Could not find results")
    athena.client.stop_query_execution(QueryExecutionId=query_id)


def test_a_failed_query_says_so_in_both_places(athena: Any) -> None:
    execution = athena.run("select nope from lake.calls")
    reason = "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not authorized to access requested resources"
    error = {"ErrorCategory": 2, "ErrorType": 1006, "Retryable": False, "ErrorMessage": reason}
    assert execution["Status"]["AthenaError"] == error
    code, text = refusal(athena.client.get_query_results, QueryExecutionId=execution["QueryExecutionId"])
    assert (code, text) == ("INVALID_QUERY_EXECUTION_STATE", "Query did not finish successfully. Final query state: FAILED")


def test_missing_tables_and_databases_are_named(athena: Any) -> None:
    assert athena.reason("select 1 from lake.nope") == "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.lake.nope' does not exist"
    assert athena.reason("select 1 from nope.calls") == "SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist"


def test_batches_answer_what_they_know(athena: Any) -> None:
    query_id = athena.run("select 1")["QueryExecutionId"]
    found = athena.client.batch_get_query_execution(QueryExecutionIds=[query_id, "nope"])
    assert [execution["QueryExecutionId"] for execution in found["QueryExecutions"]] == [query_id]
    assert [missing["QueryExecutionId"] for missing in found["UnprocessedQueryExecutionIds"]] == ["nope"]


def test_a_caller_with_all_rights_gets_rows(person: Any) -> None:
    assert person("reader", ASK, GLUE, READ, WRITE).rows("select count(*) from lake.calls")[1] == ["3000"]


def test_a_roles_session_queries_with_the_roles_rights(home: Any, make_role: Any, lake: Any) -> None:
    rights = [{"Effect": "Allow", **statement} for statement in (ASK, GLUE, READ, WRITE)]
    able, unable = make_role("athena-able", *rights), make_role("athena-unable", *rights[:2], rights[3])
    sql, location = "select max(id) from lake.calls", {"OutputLocation": "s3://results/athena/"}
    states = []
    for role in (able, unable):
        client = home.as_role("athena", role)
        query_id = client.start_query_execution(QueryString=sql, ResultConfiguration=location)["QueryExecutionId"]
        while (state := client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"]) in (
            "QUEUED",
            "RUNNING",
        ):
            pass
        states.append(state)
    assert states == ["SUCCEEDED", "FAILED"]


def test_a_caller_without_glue_fails(person: Any) -> None:
    reason = person("without-glue", ASK, READ, WRITE).reason("select count(*) from lake.calls")
    assert reason.startswith("Insufficient permissions to execute the query.")
    assert "glue:GetTable" in reason


def test_a_caller_without_the_data_fails(person: Any) -> None:
    caller = person("without-data", ASK, GLUE, WRITE)
    assert caller.reason("select count(*) from lake.calls").startswith(
        "PERMISSION_DENIED: Access Denied when reading from location: s3://lake/"
    )


def test_a_caller_with_metadata_only_fails_on_the_data(person: Any) -> None:
    metadata = {"Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::lake/warehouse/calls/metadata/*"}
    reason = person("metadata-only", ASK, GLUE, WRITE, metadata).reason("select max(id) from lake.calls")
    assert reason.startswith("PERMISSION_DENIED: Access Denied when reading from location: s3://lake/warehouse/calls/data/")


def test_a_caller_who_may_not_write_results_fails(person: Any) -> None:
    reason = person("without-results", ASK, GLUE, READ).reason("select 1")
    assert reason.startswith("Access denied when writing output to url: s3://results/athena/")


def test_records_survive_a_restart_of_the_home_and_unfinished_queries_fail() -> None:
    for query_id in ("done", "cut-short"):
        executions.create(query_id, parse("select 1"), Terms("primary", "s3://kept/"), {"QueryString": "select 1"})
    executions.end(emulated._executions["done"], "SUCCEEDED")
    kept = emulated.get_state()
    executions._live.clear()
    emulated.load_persisted_state(kept)
    assert executions.find("done")["Status"]["State"] == "SUCCEEDED"
    status = executions.find("cut-short")["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("FAILED", "GENERIC_INTERNAL_ERROR: The home was stopped while the query ran")


def test_the_catalog_answers_show_and_describe(athena: Any) -> None:
    assert ["calls"] in athena.rows("show tables in lake")
    assert ["lake"] in athena.rows("SHOW DATABASES")
    execution = athena.run("describe lake.calls")
    assert (execution["StatementType"], execution["SubstatementType"]) == ("UTILITY", "DESCRIBE_TABLE")
    assert athena.rows("describe lake.calls")[2] == ["id\tbigint\t"]
