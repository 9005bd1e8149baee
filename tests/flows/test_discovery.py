"""Discovery beside the flow: what a crawler finds in raw, and what a run makes of the same files."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lakemill.samples.planted import Planted
from tests.flows.platform import Platform

TIMES = ("start_datetime", "connect_datetime", "disconnect_datetime")


def columns(platform: Platform, zone: str) -> dict[str, str]:
    """Types of the columns of a zone's calls."""
    return {each["Name"]: each["Type"] for each in platform.table(zone, "calls")["StorageDescriptor"]["Columns"]}


@pytest.fixture(scope="module")
def crawled(ran: Platform) -> Platform:
    """The platform after a crawl of every dataset."""
    assert "charged_duration is declared int and holds other values: found string" in ran.there("crawl", "--all")
    return ran


def test_date_times_are_texts_as_found_and_timestamps_once_cleaned(crawled: Platform) -> None:
    found = columns(crawled, "raw")
    assert {found[each] for each in TIMES} == {"string"}
    assert {columns(crawled, "cleaned")[each] for each in TIMES} == {"timestamp"}
    assert found["translated_calling_number"] == "bigint"  # the crawler loses leading zeros; the clean job does not
    assert columns(crawled, "cleaned")["translated_calling_number"] == "string"


def test_athena_reads_raw_as_it_was_received(crawled: Platform) -> None:
    received = crawled.value("select sum(rows_in) from cleaned.ledger where dataset = 'calls' and source_file like 'calls/call-detail%'")
    assert crawled.value("select count(*) from raw.calls where start_datetime is not null") >= received
    [row] = crawled.rows("select start_datetime from raw.calls where start_datetime like '__-__-____ __:__' limit 1")
    assert len(row["start_datetime"]) == len("31-12-2024 23:59")


def test_a_second_crawl_without_new_files_changes_nothing(crawled: Platform) -> None:
    before = crawled.table("raw", "calls")
    assert "nothing new" in crawled.there("crawl", "calls")
    assert crawled.table("raw", "calls") == before


def test_a_crawl_runs_as_its_own_role_and_its_last_run_shows(crawled: Platform) -> None:
    glue = crawled.client("glue")
    name = crawled.output("catalog", "CrawlerCarriers")
    crawler = glue.get_crawler(Name=name)["Crawler"]
    assert (crawler["LastCrawl"]["Status"], crawler["State"]) == ("SUCCEEDED", "READY")
    assert "CarriersCrawlerRole" in crawler["Role"]
    events = crawled.client("logs").get_log_events(logGroupName=crawler["LastCrawl"]["LogGroup"], logStreamName=name)["events"]
    assert json.dumps(events).count("Running Start Crawl for Crawler") == len(glue.list_crawls(CrawlerName=name)["Crawls"])
    assert [line.split()[1] for line in crawled.there("status").splitlines() if line.startswith("carriers")] == ["succeeded"]


@pytest.mark.slow
def test_a_run_ends_with_what_the_last_crawl_found_other_than_declared(crawled: Platform) -> None:
    told = crawled.there("run", "calls")
    assert "drift of calls, by its last crawl: charged_duration is declared int and holds other values: found string" in told


@pytest.fixture
def by_month(crawled: Platform, local_only: None) -> Iterator[Callable[[str, Path], None]]:
    """Puts a file into a month's folder, of which there are none yet: all that lies in raw is out of sight until the test is over."""
    s3, bucket = crawled.client("s3", root=True), crawled.output("storage", "RawBucket")
    hidden = {key: s3.delete_object(Bucket=bucket, Key=key)["VersionId"] for key in crawled.keys(bucket) if key.startswith("calls/")}
    forget_raw_calls(crawled)
    put: list[str] = []

    def add(folder: str, file: Path) -> None:
        put.append(f"calls/{folder}/{file.name}")
        crawled.client("s3").put_object(Bucket=bucket, Key=put[-1], Body=file.read_bytes())

    yield add
    for key in put:
        s3.delete_object(Bucket=bucket, Key=key)
    for key, marker in hidden.items():
        s3.delete_object(Bucket=bucket, Key=key, VersionId=marker)
    forget_raw_calls(crawled)
    crawled.there("crawl", "calls")


def forget_raw_calls(platform: Platform) -> None:
    platform.client("glue", root=True).delete_table(DatabaseName=f"lakemill_{platform.env}_raw", Name="calls")


def test_a_new_month_is_a_partition_after_the_second_crawl(
    crawled: Platform, by_month: Callable[[str, Path], None], planted: Planted
) -> None:
    november, december, january = planted.files[:3]
    rows = len(january.read_text().splitlines()) - 1
    by_month("year=2025/month=11", november)
    by_month("year=2025/month=12", december)
    assert "2 partitions new" in crawled.there("crawl", "calls")
    by_month("year=2026/month=01", january)
    of_january = "select count(*) from raw.calls where year = '2026' and month = '01'"
    assert crawled.value(of_january) == 0, "a folder that no crawl has seen is no partition"
    told = crawled.there("crawl", "calls")
    assert "1 partition new" in told
    assert "year=2026/month=01" in told
    assert crawled.value(of_january) == rows > 0
    months = crawled.rows("select month, count(*) as n from raw.calls group by month order by month")
    assert [row["month"] for row in months] == ["01", "11", "12"]
