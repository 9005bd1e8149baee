"""Maintenance as a user starts it: under its own role on the deployed tables, without changing an answer."""

import pytest

from tests.flows.platform import Platform

pytestmark = pytest.mark.slow

COUNTS = "select count(*) as calls, sum(charged_duration) as seconds from cleaned.calls"


def test_a_night_changes_no_answer_is_written_down_and_leaves_the_next_run_nothing_to_do(ran: Platform) -> None:
    before = ran.rows(COUNTS), ran.rows("select sum(rows_in) as n from cleaned.ledger"), ran.version("curated", "hourly_traffic")
    told = ran.there("run", "maintenance")
    assert "cleaned.calls" in told
    ran.there("run", "calls")
    after = ran.rows(COUNTS), ran.rows("select sum(rows_in) as n from cleaned.ledger"), ran.version("curated", "hourly_traffic")
    assert after == before
    tables = {row["table_name"] for row in ran.rows("select distinct table_name from cleaned.maintenance")}
    assert {f"lakemill_{ran.env}_cleaned.calls", f"lakemill_{ran.env}_quarantine.calls"} <= tables
    assert not [table for table in tables if table.endswith(".processed")], "only Iceberg tables are looked after"


def test_status_shows_rows_files_and_snapshots_as_a_query_counts_them(ran: Platform) -> None:
    line = next(line.split() for line in ran.there("status").splitlines() if line.startswith("cleaned.calls"))
    assert int(line[1].replace(",", "")) == ran.value("select count(*) from cleaned.calls")
    assert int(line[2]) >= 1
    assert int(line[-1]) >= 1
