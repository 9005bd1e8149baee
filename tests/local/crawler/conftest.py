"""A crawler's world in the shared home: a bucket, a database, a role, and what a crawl made of it."""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.local.conftest import Home, allow, until

LOG = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}
_numbers = itertools.count()


class World:
    """One bucket and one database of the same name, and crawlers over them."""

    def __init__(self, home: Home, role: str, *, name: str) -> None:
        self.home, self.role, self.name = home, role, name
        self.glue, self.s3, self.logs = home.client("glue"), home.client("s3"), home.client("logs")
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": home.about["region"]})
        self.glue.create_database(DatabaseInput={"Name": name})

    def put(self, objects: Mapping[str, bytes | str]) -> None:
        for key, body in objects.items():
            self.s3.put_object(Bucket=self.name, Key=key, Body=body.encode() if isinstance(body, str) else body)

    def crawler(self, path: str = "data/", **more: Any) -> str:
        """Makes a crawler; its name."""
        name = f"{self.name}-{next(_numbers)}"
        sample = {"SampleSize": more.pop("sample")} if "sample" in more else {}
        targets = {"S3Targets": [{"Path": f"s3://{self.name}/{path}", "Exclusions": more.pop("exclusions", []), **sample}]}
        said = {"Role": self.role, "DatabaseName": self.name, "Targets": targets, "SchemaChangePolicy": LOG, **more}
        self.glue.create_crawler(Name=name, **said)
        return name

    def run(self, crawler: str) -> dict[str, Any]:
        """Starts a crawler and waits; its last crawl."""
        self.glue.start_crawler(Name=crawler)
        return self.ended(crawler)

    def ended(self, crawler: str) -> dict[str, Any]:
        found = until(lambda: (one := self.glue.get_crawler(Name=crawler)["Crawler"])["State"] == "READY" and one, every=0.02)
        return dict(found["LastCrawl"])

    def crawl(self, path: str = "data/", **more: Any) -> str:
        """Crawls with a new crawler, successfully; its name."""
        name = self.crawler(path, **more)
        last = self.run(name)
        assert last["Status"] == "SUCCEEDED", last
        return name

    def tables(self) -> dict[str, dict[str, Any]]:
        return {each["Name"]: each for each in self.glue.get_tables(DatabaseName=self.name)["TableList"]}

    def columns(self, table: str = "data") -> dict[str, str]:
        return {each["Name"]: each["Type"] for each in self.tables()[table]["StorageDescriptor"]["Columns"]}

    def partitions(self, table: str = "data") -> list[list[str]]:
        return sorted(each["Values"] for each in self.glue.get_partitions(DatabaseName=self.name, TableName=table)["Partitions"])

    def lines(self, crawler: str) -> list[str]:
        events = self.logs.get_log_events(logGroupName="/aws-glue/crawlers", logStreamName=crawler)["events"]
        return [each["message"].partition("] ")[2] for each in events]


@pytest.fixture(scope="session")
def crawler_role(make_role: Callable[..., str]) -> str:
    return make_role("crawls-anything", allow("s3:*", "glue:*", "logs:*"))


@pytest.fixture
def world(home: Home, crawler_role: str) -> World:
    return World(home, crawler_role, name=f"crawled-{next(_numbers)}")
