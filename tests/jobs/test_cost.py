"""What a load need not do twice, and need not do at all."""

from typing import Any

import pytest
from lake import Lake

from lakemill import commits
from lakemill.datasets import dataset
from lakemill.judging import judged
from lakemill.load import Load


@pytest.fixture
def job(lake: Lake) -> Load:
    """A load of calls, with its tables made."""
    zones = {zone: f"glue_catalog.{lake.name}_{zone}" for zone in ("cleaned", "quarantine")}
    made = Load(
        spark=lake.spark,
        store=lake.store,
        dataset=dataset("calls"),
        environment="test",
        run_id="r",
        cleaned=f"{zones['cleaned']}.calls",
        quarantine=f"{zones['quarantine']}.calls",
        ledger=f"{zones['cleaned']}.ledger",
        schema_policy="additive",
        quarantine_days=30,
    )
    commits.prepare(made)
    return made


def good_rows(job: Load, *, month: str) -> Any:
    """Forty rows in four parts."""
    return job.spark.range(0, 40, 1, 4).selectExpr(
        "sha2(string(id % 39), 256) as record_id",
        "'calls/a.csv' as source_file",
        "id as row_order",
        "cast(null as string) as reason",
        f"make_timestamp_ntz(2019, int({month}) + 1, 1, 0, 0, 0) as start_datetime",
    )


def test_what_a_frame_keeps_stays_kept_when_it_is_queried(job: Load):
    kept = job.spark.range(3).persist()
    assert job.sql("select sum(id) as sum from {kept}", kept=kept).head().sum == 3
    assert kept.storageLevel.useMemory
    kept.unpersist()


@pytest.mark.parametrize(("month", "by_month"), [("id div 10", True), ("id % 4", False)])
def test_rows_are_sorted_by_month_only_if_they_lie_scattered(job: Load, month: str, by_month: bool):
    found = judged(good_rows(job, month=month), job=job)
    assert found.by_month is by_month
    assert {row.verdict: row["count"] for row in found.rows.groupBy("verdict").count().collect()} == {"cleaned": 39, "duplicate": 1}


def test_rows_that_lie_by_month_are_written_as_one_file_a_month(job: Load, lake: Lake):
    rows = good_rows(job, month="id div 10").drop("row_order", "reason")
    commits.append(rows, job=job, table=job.cleaned, moment="loaded_at", options=commits.IN_PLACE)
    assert lake.rows("select count(*), count(distinct partition) from cleaned.calls.files") == [(4, 4)]
