"""How much of the lake a question reads, as Athena reports it. At full size: `python -m bench.clean questions`."""

from typing import Any

import pytest

from lakemill.samples.planted import Planted
from tests.flows.platform import Platform

SUMS = "select count(*), sum(charged_duration), count(distinct sip_response) from cleaned.calls"
PERIOD = "where start_datetime >= timestamp '{}-01 00:00:00' and start_datetime < timestamp '{}-01 00:00:00'"
MONTH, ALL = PERIOD.format("2022-03", "2022-04"), PERIOD.format("2022-01", "2022-07")


@pytest.fixture(scope="module")
def scanned(ran: Platform) -> Any:
    """Bytes that a question reads."""
    athena, workgroup = ran.client("athena"), ran.output("query", "Workgroup")

    def read(sql: str) -> int:
        ran.there("query", sql)
        newest = athena.list_query_executions(WorkGroup=workgroup, MaxResults=1)["QueryExecutionIds"][0]
        return int(athena.get_query_execution(QueryExecutionId=newest)["QueryExecution"]["Statistics"]["DataScannedInBytes"])

    return read


def test_a_sum_reads_few_columns_of_what_was_received(scanned: Any, planted: Planted) -> None:
    raw = sum(path.stat().st_size for path in planted.files)
    assert 0 < scanned(SUMS) <= 0.1 * raw  # 5 % at a million rows: in files as small as these their footers weigh more


def test_a_question_about_a_month_reads_that_months_files(scanned: Any, planted: Planted) -> None:
    assert 0 < scanned(f"{SUMS} {MONTH}") <= 1.2 / len(planted.files) * scanned(f"{SUMS} {ALL}")


def test_the_records_of_a_month_take_less_than_they_were_received_in(scanned: Any, planted: Planted) -> None:
    (path,) = [path for path in planted.files if "2022-03" in path.name]
    assert 0 < scanned(f"select * from cleaned.calls {MONTH}") <= path.stat().st_size
