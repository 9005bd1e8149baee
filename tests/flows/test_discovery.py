"""Discovery beside the flow: what a crawler finds in raw, and what a run makes of the same files."""

import json

from tests.flows.platform import Platform

TIMES = ("start_datetime", "connect_datetime", "disconnect_datetime")


def columns(platform: Platform, zone: str) -> dict[str, str]:
    """Types of the columns of a zone's calls."""
    return {each["Name"]: each["Type"] for each in platform.table(zone, "calls")["StorageDescriptor"]["Columns"]}


def test_date_times_are_texts_as_found_and_timestamps_once_cleaned(ran: Platform) -> None:
    shown = ran.there("crawl", "calls")
    found = columns(ran, "raw")
    assert {found[each] for each in TIMES} == {"string"}
    assert {columns(ran, "cleaned")[each] for each in TIMES} == {"timestamp"}
    assert found["translated_calling_number"] == "bigint"  # the crawler loses leading zeros; the clean job does not
    assert columns(ran, "cleaned")["translated_calling_number"] == "string"
    assert "charged_duration is declared int and holds other values: found string" in shown


def test_athena_reads_raw_as_it_was_received(ran: Platform) -> None:
    ran.there("crawl", "calls")
    received = ran.value("select sum(rows_in) from cleaned.ledger where dataset = 'calls' and source_file like 'calls/call-detail%'")
    assert ran.value("select count(*) from raw.calls where start_datetime is not null") >= received
    [row] = ran.rows("select start_datetime from raw.calls where start_datetime like '__-__-____ __:__' limit 1")
    assert len(row["start_datetime"]) == len("31-12-2024 23:59")


def test_a_second_crawl_without_new_files_changes_nothing(ran: Platform) -> None:
    ran.there("crawl", "calls")
    before = ran.table("raw", "calls")
    assert "nothing new" in ran.there("crawl", "calls")
    assert ran.table("raw", "calls") == before


def test_a_crawl_runs_as_its_own_role_and_its_last_run_shows(ran: Platform) -> None:
    ran.there("crawl", "carriers")
    glue = ran.client("glue")
    name = ran.output("catalog", "CrawlerCarriers")
    crawler = glue.get_crawler(Name=name)["Crawler"]
    assert (crawler["LastCrawl"]["Status"], crawler["State"]) == ("SUCCEEDED", "READY")
    assert "CarriersCrawlerRole" in crawler["Role"]
    events = ran.client("logs").get_log_events(logGroupName=crawler["LastCrawl"]["LogGroup"], logStreamName=name)["events"]
    assert json.dumps(events).count("Running Start Crawl for Crawler") == len(glue.list_crawls(CrawlerName=name)["Crawls"])
    assert [line.split()[1] for line in ran.there("status").splitlines() if line.startswith("carriers")] == ["succeeded"]
