"""Nightly maintenance: fewer files and snapshots, the same rows, and nothing that a job still needs is gone."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from lake import HEADER, Lake, script

from lakemill import maintenance, tables
from lakemill.datasets import dataset
from lakemill.maintenance import RuleError, Rules

RULES = Rules(snapshot_days=7, min_snapshots=1, orphan_days=3)


def later(days: float = 30) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


@pytest.fixture
def table(lake: Lake) -> str:
    """A table of six rows, which six commits have written into a file each."""
    name = f"{lake.name}_cleaned.numbers"
    lake.spark.sql(f"create table glue_catalog.{name} (number bigint) using iceberg")
    for number in range(6):
        append(lake.spark, table=name, numbers=range(number, number + 1))
    return name


def append(spark: Any, *, table: str, numbers: range) -> None:
    spark.range(numbers.start, numbers.stop, 1, 1).selectExpr("id as number").writeTo(f"glue_catalog.{table}").append()


def numbers(lake: Lake) -> list[int]:
    return [row[0] for row in lake.rows("select number from cleaned.numbers order by 1")]


def folder(lake: Lake, table: str) -> Path:
    told = {row.col_name: row.data_type for row in lake.spark.sql(f"describe extended glue_catalog.{table}").collect()}
    return Path(told["Location"].removeprefix("file:"))


def test_files_and_manifests_are_joined_old_snapshots_forgotten_and_rows_stay(lake: Lake, table: str):
    report = maintenance.maintain(lake.spark, table=table, rules=RULES, now=later())
    assert (report.files_before, report.files_after) == (6, 1)
    assert report.bytes_after < report.bytes_before
    assert report.snapshots_removed == 5  # the last append stays, with what made one file of six
    assert len(lake.rows("select path from cleaned.numbers.manifests")) == 1
    assert numbers(lake) == [0, 1, 2, 3, 4, 5]


@pytest.mark.slow
def test_a_second_night_changes_nothing(lake: Lake, table: str):
    maintenance.maintain(lake.spark, table=table, rules=RULES, now=later())
    before = lake.rows("select snapshot_id from cleaned.numbers.snapshots order by 1")
    report = maintenance.maintain(lake.spark, table=table, rules=RULES, now=later())
    assert (report.files_before, report.files_after, report.snapshots_removed) == (1, 1, 0)
    assert lake.rows("select snapshot_id from cleaned.numbers.snapshots order by 1") == before


def test_time_travel_reaches_back_the_days_and_the_number_of_snapshots_that_are_kept(lake: Lake, table: str):
    first, *_, sixth = [row[0] for row in lake.rows("select snapshot_id from cleaned.numbers.snapshots order by committed_at")]
    assert maintenance.maintain(lake.spark, table=table, rules=RULES, now=later(6.9)).snapshots_removed == 0
    assert lake.rows(f"select number from cleaned.numbers version as of {first}") == [(0,)]
    few = Rules(snapshot_days=7, min_snapshots=4, orphan_days=3)
    kept = len(lake.rows("select 1 from cleaned.numbers.snapshots")) - 4
    assert maintenance.maintain(lake.spark, table=table, rules=few, now=later()).snapshots_removed == kept
    assert len(lake.rows(f"select number from cleaned.numbers version as of {sixth}")) == 6
    with pytest.raises(Exception, match=r"(?i)cannot find"):
        lake.rows(f"select number from cleaned.numbers version as of {first}")


def test_a_load_during_the_joining_of_files_loses_nothing(lake: Lake, table: str):
    """The load goes on in a thread of its own; both commit, and no row is lost or doubled."""
    loaded, enough = [*range(6)], Event()

    def load() -> None:
        while not enough.is_set():
            joined = "replace" in operations()
            append(lake.spark, table=table, numbers=range(len(loaded), len(loaded) + 1))
            loaded.append(len(loaded))
            if joined:
                return  # they met; a local disk's listing of unnamed files stumbles over those of a load that come and go

    def operations() -> list[str]:
        return [row[0] for row in lake.rows("select operation from cleaned.numbers.snapshots order by committed_at")]

    thread = Thread(target=load)
    thread.start()
    try:
        maintenance.maintain(lake.spark, table=table, rules=RULES, now=later(0))
    finally:
        enough.set()
        thread.join()
    done = operations()
    assert numbers(lake) == loaded
    assert "append" in done[done.index("replace") :], "no load came after a join: they did not meet"


def test_unnamed_files_go_when_they_are_old_and_never_before(lake: Lake, table: str):
    data = folder(lake, table) / "data"
    for name, days in (("old", 4), ("young", 2)):
        (data / f"{name}.parquet").write_bytes(b"left behind by a load that died")
        os.utime(data / f"{name}.parquet", times=(time.time() - days * 86400,) * 2)
    assert maintenance.maintain(lake.spark, table=table, rules=RULES, now=later(0)).orphans_removed == 1
    assert not (data / "old.parquet").exists()
    assert (data / "young.parquet").exists()
    assert numbers(lake) == [0, 1, 2, 3, 4, 5]


def test_files_of_former_runs_go_with_the_orphans_of_a_table_that_every_run_makes_anew(lake: Lake):
    warehouse = Path(lake.spark.conf.get("spark.sql.catalog.glue_catalog.warehouse"))
    name, runs = f"{lake.name}_curated.made", warehouse / "elsewhere" / lake.name / "made" / "runs"
    lake.spark.sql(f"create namespace if not exists glue_catalog.{lake.name}_curated")
    lake.spark.sql(f"create table glue_catalog.{name} (number bigint) using iceberg")
    append(lake.spark, table=name, numbers=range(3))
    for run, days in (("former", 4), ("young", 2)):
        (runs / run).mkdir(parents=True)
        (runs / run / "data.parquet").write_bytes(b"of another run")
        os.utime(runs / run / "data.parquet", times=(time.time() - days * 86400,) * 2)
    place = maintenance.files_of(name, location=f"file:{runs}/now")
    assert place == f"file:{runs}"
    call = f"remove_orphan_files(table => '{name}', older_than => timestamp'{later(-3):%Y-%m-%d %H:%M:%S} UTC', location => '{place}')"
    assert [row[0] for row in lake.spark.sql(f"call glue_catalog.system.{call}").collect()] == [f"file:{runs}/former/data.parquet"]


@pytest.mark.parametrize("table", ["a.warehouse", "a.runs", "a.features"])
def test_a_tables_files_lie_nowhere_but_in_its_own_place(table: str):
    for location in (f"s3://b/warehouse/{table[2:]}", f"s3://b/warehouse/{table[2:]}/", "s3://b/warehouse/other/runs/one", "s3://b/runs/x"):
        assert maintenance.files_of(table, location=location) == location
    assert maintenance.files_of(table, location=f"s3://b/warehouse/{table[2:]}/runs/one") == f"s3://b/warehouse/{table[2:]}/runs"


@pytest.mark.parametrize("wrong", [{"orphan_days": 2}, {"snapshot_days": 0}, {"min_snapshots": 0}])
def test_rules_that_could_lose_data_are_refused(wrong: dict[str, int]):
    with pytest.raises(RuleError, match="orphan_days is at least 3, the others at least 1"):
        Rules(**{"snapshot_days": 7, "min_snapshots": 1, "orphan_days": 3, **wrong})


class Night(datetime):
    """The job's clock: all that was written until now is a month old."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return later()


def night(lake: Lake, run_id: str) -> None:
    """A run of the job, by a rule that keeps one snapshot of each table."""
    job = script("maintain_tables")
    job.datetime = Night
    databases = {f"{zone}_database": f"{lake.name}_{zone}" for zone in ("cleaned", "curated", "quarantine")}
    options = {"run_id": run_id, **databases, "snapshot_days": "7", "min_snapshots": "1", "orphan_days": "3"}
    job.main(["job", *(word for name, value in options.items() for word in (f"--{name}", value))])


@pytest.mark.slow
def test_jobs_find_what_they_left_in_snapshots_after_nights_of_maintenance(lake: Lake, capsys: pytest.CaptureFixture[str]):
    lake.put("calls/a.csv", f"{HEADER}\n10-01-2019 09:12,01,01,20,3,200")
    lake.put("carriers/a.csv", "carrier_id,carrier_name,country\n3,Name,NO\n")
    lake.clean_run("one", datasets="calls,carriers")
    lake.curate_run("one")
    night(lake, "first night")
    capsys.readouterr()
    lake.curate_run("two")
    assert capsys.readouterr().out.count("unchanged") == 3
    lake.put("calls/b.csv", f"{HEADER}\n11-01-2019 09:12,01,01,20,3,200")
    mend = lake.failing("write_ledger")
    with pytest.raises(ConnectionError):
        lake.clean_run("dies")
    mend()
    night(lake, "second night")
    operations = [row[0] for row in lake.rows("select operation from cleaned.calls.snapshots order by committed_at")]
    assert operations == ["append", "replace"]  # the load that died, and the manifests that were joined after it
    lake.clean_run("next")
    assert "calls: run dies had written its records but not the ledger; done now" in capsys.readouterr().out
    assert lake.sums() == (3, 3, 0, 0, 2, 0)
    told = lake.rows("select run_id, count(*) from cleaned.maintenance group by 1 order by 1")
    assert told == [("first night", 7), ("second night", 8)]  # of the second night on, the record is itself a table to look after


@pytest.mark.slow
def test_a_retry_that_is_not_finished_keeps_its_snapshots(lake: Lake, table: str, capsys: pytest.CaptureFixture[str]):
    quarantine = f"glue_catalog.{lake.name}_quarantine.numbers"
    lake.spark.sql(tables.create_quarantine(quarantine, dataset=dataset("calls")))
    lake.spark.sql(f"insert into {quarantine} select * from values ({', '.join(['null'] * 7)}, 'an attempt', null, null)")
    night(lake, "first")
    assert f"{table}: 6 -> 1 files" in (told := capsys.readouterr().out)
    assert told.count("no snapshots: a retry is not finished") == 2
    assert lake.rows("select count(*) from cleaned.numbers.snapshots where operation = 'append'") == [(6,)]
    lake.spark.sql(f"update {quarantine} set retried_by = null")
    night(lake, "second")
    assert lake.rows("select count(*) from cleaned.numbers.snapshots where operation = 'append'") == [(1,)]


def test_a_table_that_fails_does_not_hold_up_the_others(lake: Lake, table: str, monkeypatch: pytest.MonkeyPatch):
    whole = maintenance.maintain

    def broken(spark: Any, *, table: str, **rest: Any) -> Any:
        if table.endswith("calls"):
            raise RuntimeError("a file is gone")
        return whole(spark, table=table, **rest)

    monkeypatch.setattr(maintenance, "maintain", broken)
    for name in (f"{lake.name}_cleaned.calls", f"{lake.name}_quarantine.of_an_older_release"):
        lake.spark.sql(f"create table glue_catalog.{name} (id bigint) using iceberg")
    with pytest.raises(RuntimeError, match=r"1 of 3 tables could not be looked after: \w+_cleaned.calls: RuntimeError: a file is gone"):
        night(lake, "one")
    assert lake.rows("select files_before, files_after from cleaned.maintenance order by 1") == [(0, 0), (6, 1)]
