"""Discovery beside the flow: what a crawler finds in raw, and what a run makes of the same files."""

import json

import pytest

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
