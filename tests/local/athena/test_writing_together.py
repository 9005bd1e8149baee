"""Writing that is stopped, or that meets other writing."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

ICE = "table_type = 'ICEBERG', is_external = false, location = 's3://lake/together/'"


def test_appends_at_once_all_count_or_say_that_they_do_not(athena: Any, lake: Any) -> None:
    assert athena.run(f"create table lake.together with ({ICE}) as select 0 as a")["Status"]["State"] == "SUCCEEDED"
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(lambda i: athena.run(f"insert into lake.together select {i}")["Status"], range(1, 7)))
    failed = [status for status in ended if status["State"] != "SUCCEEDED"]
    assert all("ICEBERG_COMMIT_ERROR" in status["StateChangeReason"] for status in failed), failed
    rows = [row["a"] for row in lake.load_table("lake.together").scan().to_arrow().to_pylist()]
    assert len(rows) == len(set(rows)) == 7 - len(failed)


def test_a_stopped_ctas_leaves_no_table(home: Any, athena: Any) -> None:
    many = "unnest(sequence(1, 3000))"
    query_id = athena.start(f"create table lake.stopped as select sum(a.x * b.x + c.x) as s from {many} a(x), {many} b(x), {many} c(x)")
    while athena.client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"] == "QUEUED":
        time.sleep(0.01)
    athena.client.stop_query_execution(QueryExecutionId=query_id)
    assert athena.client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]["State"] == "CANCELLED"
    assert athena.reason("select * from lake.stopped").startswith("TABLE_NOT_FOUND")
    assert not home.client("s3").list_objects_v2(Bucket="results", Prefix=f"athena/tables/{query_id}").get("Contents")


def test_the_same_token_at_once_is_one_insert(athena: Any) -> None:
    athena.run("create table lake.once as select 1 as a")
    token = "once" * 10
    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(lambda _: athena.start("insert into lake.once select 2", ClientRequestToken=token), range(4)))
    assert len(ids) == 1
    assert athena.run("insert into lake.once select 2", ClientRequestToken=token)["QueryExecutionId"] in ids
    assert athena.rows("select count(*) from lake.once")[1] == ["2"]


def test_reuse_of_results_is_refused(athena: Any) -> None:
    wish = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}}
    with pytest.raises(ClientError, match="Reuse of results is not supported by the local Athena"):
        athena.start("select 1", ResultReuseConfiguration=wish)
