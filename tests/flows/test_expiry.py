"""What is too old goes in the night, under the role of the job and from the home's S3; rows and what is young stay."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField

from tests.flows.platform import Platform

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_only")]

DAYS, LOADS, KEPT = 30, 5, 5  # KEPT is min_snapshots of the settings
NUMBERS = f"select sum(number) as total, count(*) as n from cleaned.aged where number = {LOADS}"


@dataclass
class Aged:
    """A table of the cleaned zone, all of whose snapshots are a month old."""

    platform: Platform
    bucket: str
    prefix: str
    gone: set[str]

    def keys(self) -> set[str]:
        return {key for key in self.platform.keys(self.bucket) if key.startswith(self.prefix)}

    def put(self, name: str) -> str:
        """A file that no snapshot names."""
        key = f"{self.prefix}data/{name}"
        self.platform.client("s3", root=True).put_object(Bucket=self.bucket, Key=key, Body=b"left behind by a load that died")
        return key


@pytest.fixture
def aged(ran: Platform) -> Iterator[Aged]:
    """Five loads, each of which replaces the rows of the one before, a month ago."""
    glue = ran.client("glue", root=True)
    database = f"lakemill_{ran.env}_cleaned"
    place = glue.get_database(Name=database)["Database"]["LocationUri"].rstrip("/") + "/aged"
    table = catalog(ran).create_table(f"{database}.aged", schema=Schema(NestedField(1, "number", LongType())), location=place)
    for number in range(1, LOADS + 1):
        table.overwrite(pa.table({"number": pa.array([number] * 10, pa.int64())}))
    made = [snapshot.snapshot_id for snapshot in table.snapshots()]
    assert len(made) > KEPT
    last = files(table, *made[-KEPT:])
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    shift(ran, bucket, table.metadata_location.removeprefix(f"s3://{bucket}/"))
    gone = {file.removeprefix(f"s3://{bucket}/") for file in files(table, *made) - last}
    yield Aged(ran, bucket, f"{prefix}/", gone)
    glue.delete_table(DatabaseName=database, Name="aged")


def catalog(platform: Platform) -> GlueCatalog:
    """The home's catalog as its root uses it."""
    about, root = (json.loads((platform.home / name).read_text()) for name in ("home.json", "root.json"))
    keys = {"access-key-id": root["root"]["access_key_id"], "secret-access-key": root["root"]["secret_access_key"]}
    common = {"endpoint": about["endpoint"], "region": about["region"], **keys}
    given = {f"{service}.{name}": value for service in ("glue", "s3") for name, value in common.items()}
    return GlueCatalog("home", **given, **{"s3.path-style-access": "true"})


def files(table: Any, *snapshots: int) -> set[str]:
    """The data files that any of the snapshots reads."""
    return {task.file.file_path for each in snapshots for task in table.scan(snapshot_id=each).plan_files()}


def shift(platform: Platform, bucket: str, key: str) -> None:
    """Make a table's whole history a month older: its moments are milliseconds in its metadata."""
    s3 = platform.client("s3", root=True)
    metadata = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    month = DAYS * 86_400_000
    metadata["last-updated-ms"] -= month
    for each in (*metadata["snapshots"], *metadata["snapshot-log"], *metadata["metadata-log"]):
        each["timestamp-ms"] -= month
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(metadata).encode())


def make_old(platform: Platform, bucket: str, key: str) -> None:
    """Let the home's S3 say that an object is a month old: while it is down, what it keeps of the object is changed."""
    platform.mill("down")
    found = [path for path in platform.home.rglob("*.meta.json") if bucket in path.parts and json.loads(path.read_text())["key"] == key]
    [description] = found
    then = datetime.now(UTC) - timedelta(days=DAYS)
    description.write_text(json.dumps(json.loads(description.read_text()) | {"last_modified": then.strftime("%Y-%m-%dT%H:%M:%S.000Z")}))
    platform.mill("up", "--no-deploy")


def test_old_snapshots_their_files_and_old_orphans_go_and_no_row_with_them(aged: Aged) -> None:
    platform = aged.platform
    old, young = aged.put("old.parquet"), aged.put("young.parquet")
    make_old(platform, aged.bucket, old)
    before, rows = aged.keys(), platform.rows(NUMBERS)
    calls = platform.value("select count(*) from cleaned.calls")
    assert rows == [{"total": LOADS * 10, "n": 10}]
    assert aged.gone
    assert aged.gone | {old, young} <= before
    record = platform.home / "decisions.jsonl"
    record.touch()
    platform.there("run", "maintenance")
    decided = [json.loads(line) for line in record.read_text().splitlines()]
    record.unlink()
    left = aged.keys()
    assert left.isdisjoint(aged.gone | {old})
    assert young in left
    assert platform.rows(NUMBERS) == rows
    assert platform.value("select count(*) from cleaned.aged") == 10
    assert platform.value("select count(*) from cleaned.calls") == calls
    [told] = platform.rows("select snapshots_removed, orphans_removed from cleaned.maintenance where table_name like '%_cleaned.aged'")
    assert told["snapshots_removed"] > 0
    assert told["orphans_removed"] == 1
    deleted = {each["resource"].partition(f"{aged.bucket}/")[2] for each in decided if each["action"] == "s3:DeleteObject"}
    assert aged.gone | {old} <= deleted
    assert all("MaintainRole" in each["caller"] for each in decided if each["action"] == "s3:DeleteObject")
    assert [each for each in decided if not each["allowed"]] == []
