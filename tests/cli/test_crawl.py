"""`mill crawl` follows a crawler and says what it has found; `mill status` and `mill run` tell of the last crawls."""

from typing import Any

import pytest

from lakemill.datasets import declared
from tests.cli.conftest import START, Fake
from tests.cli.kinds import Mill

AWS = ("--home", "aws")
LAST = {"Status": "SUCCEEDED", "StartTime": START, "LogGroup": "/g", "LogStream": "s"}


@pytest.fixture(autouse=True)
def crawlers(aws: Fake) -> None:
    aws.outputs["catalog"] |= {"CrawlerCalls": "lakemill-dev-calls", "CrawlerCarriers": "lakemill-dev-carriers"}
    aws.crawler["LastCrawl"] = LAST


def table(name: str = "calls", *, crawler: str = "lakemill-dev-calls", keys: tuple[str, ...] = (), **columns: str) -> dict[str, Any]:
    """A crawled table with the columns of calls as a crawler finds them, and changes to them; an empty type takes one away."""
    texts = {column.header: "string" if column.type in ("string", "timestamp_ntz") else "bigint" for column in declared()["calls"].columns}
    found = {name: kind for name, kind in {**texts, **columns}.items() if kind}
    return {
        "Name": name,
        "Parameters": {"UPDATED_BY_CRAWLER": crawler, "classification": "csv", "objectCount": "4", "recordCount": "3000"},
        "PartitionKeys": [{"Name": key} for key in keys],
        "StorageDescriptor": {"Columns": [{"Name": name, "Type": kind} for name, kind in found.items()]},
    }


def test_a_crawl_prints_new_tables_and_their_columns_beside_the_declaration(mill: Mill, aws: Fake) -> None:
    aws.finds = lambda: aws.crawled.update(calls=table())
    shown = mill("crawl", "calls", *AWS).stdout
    assert aws.crawls == ["lakemill-dev-calls"]
    assert "1 table new" in shown
    assert "raw.calls  csv, 4 files, about 3,000 rows" in shown
    assert ["start_datetime", "string", "timestamp_ntz"] in [line.split() for line in shown.splitlines()]
    assert "calls: as declared" in shown


def test_new_partitions_are_named_the_first_of_many(mill: Mill, aws: Fake) -> None:
    aws.crawled = {"calls": table(keys=("year", "month"))}
    aws.partitions = [["2026", "01"]]
    aws.finds = lambda: aws.partitions.extend([["2026", f"{month:02}"] for month in range(2, 9)])
    shown = mill("crawl", "calls", *AWS).stdout
    assert "7 partitions new" in shown
    assert "new partitions: year=2026/month=02, year=2026/month=03," in shown
    assert "and 2 more" in shown


def test_drift_is_a_sentence_each(mill: Mill, aws: Fake) -> None:
    aws.crawled = {"calls": table(charged_duration="string", cause="bigint", sip_response="")}
    shown = mill("crawl", "calls", *AWS).stdout
    assert "nothing new" in shown
    assert "drift: cause is in the files and not declared" in shown
    assert "drift: charged_duration is declared int and holds other values: found string" in shown
    assert "drift: sip_response is declared and in no file" in shown


def test_several_tables_of_one_dataset_are_a_warning(mill: Mill, aws: Fake) -> None:
    aws.crawled = {"calls": table(), "alien_json": table("alien_json")}
    assert "2 tables for one dataset" in mill("crawl", "calls", *AWS).stdout


def test_all_datasets_are_crawled_one_after_the_other(mill: Mill, aws: Fake) -> None:
    assert mill("crawl", "--all", *AWS).exit_code == 0
    assert aws.crawls == ["lakemill-dev-calls", "lakemill-dev-carriers"]


def test_a_crawl_that_goes_on_is_joined(mill: Mill, aws: Fake) -> None:
    aws.crawler["State"] = "RUNNING"
    result = mill("crawl", "calls", *AWS)
    assert (result.exit_code, aws.crawls) == (0, [])


def test_a_crawl_that_fails_says_why_and_where_its_log_is(mill: Mill, aws: Fake) -> None:
    aws.crawler["LastCrawl"] = {**LAST, "Status": "FAILED", "ErrorMessage": "Access Denied on s3:GetObject"}
    result = mill("crawl", "calls", *AWS)
    assert result.exit_code == 1
    assert "the crawl failed: Access Denied on s3:GetObject" in result.stderr
    assert "log: /g, stream s" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("calls", "--all"), ("cals",)])
def test_what_to_crawl_must_be_said_once_and_be_declared(mill: Mill, aws: Fake, arguments: tuple[str, ...]) -> None:
    result = mill("crawl", *arguments, *AWS)
    assert (result.exit_code, aws.crawls) == (1, [])
    assert "mill crawl calls" in result.stderr or "Declared are: calls, carriers" in result.stderr


def test_where_no_crawler_is_deployed_the_way_to_one_is_named(mill: Mill, aws: Fake) -> None:
    del aws.outputs["catalog"]["CrawlerCalls"], aws.outputs["catalog"]["CrawlerCarriers"]
    assert "no crawler is deployed" in mill("crawl", "calls", *AWS).stderr


def test_status_shows_each_crawlers_last_run(mill: Mill, aws: Fake) -> None:
    aws.crawler["LastCrawl"] = {**LAST, "Status": "FAILED", "ErrorMessage": "Access Denied"}
    shown = mill("status", *AWS).stdout
    assert [line.split()[:2] for line in shown.splitlines() if "failed" in line] == [["calls", "failed"], ["carriers", "failed"]]
    assert "calls: Access Denied" in shown
    assert "2.5 s" in shown


def test_status_names_the_first_crawl_where_there_was_none(mill: Mill, aws: Fake) -> None:
    del aws.crawler["LastCrawl"]
    shown = mill("status", *AWS).stdout
    assert "never ran" in shown
    assert "No crawl yet: mill crawl --all --home aws" in shown


def test_a_run_ends_with_the_drift_of_its_datasets(mill: Mill, aws: Fake) -> None:
    aws.crawled = {"calls": table(cause="bigint")}
    aws.answer = [["dataset"], *[]]
    shown = mill("run", "calls", *AWS).stdout
    assert "drift of calls, by its last crawl: cause is in the files and not declared" in shown
