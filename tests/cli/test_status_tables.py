"""Rows, files and snapshots of Iceberg tables come from their metadata; only other tables are counted by a query."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.status_tables import Table, read
from tests.cli.conftest import Fake
from tests.cli.kinds import Mill

PLACE = "warehouse/calls/metadata/00002.metadata.json"
SUMMARY = {"operation": "append", "total-records": "72000", "total-data-files": "3", "total-files-size": "2500000", "run-id": "x"}


def metadata(*, current: int = 2, **summary: str) -> dict[str, Any]:
    old = {"snapshot-id": 1, "summary": {**SUMMARY, "total-records": "5"}}
    return {"current-snapshot-id": current, "snapshots": [old, {"snapshot-id": 2, "summary": {**SUMMARY, **summary}}]}


@pytest.fixture
def lake(aws: Fake, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """One Iceberg table and one that is none."""
    held = {"lakemill_dev_cleaned": [{"Name": "calls", "Parameters": {"metadata_location": f"s3://b-cleaned/{PLACE}"}}]}
    held["lakemill_dev_curated"] = [{"Name": "processed", "Parameters": {}}]
    monkeypatch.setattr(aws, "get_tables", lambda *, DatabaseName: {"TableList": held.get(DatabaseName, [])})  # noqa: N803

    def get_object(*, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert (Bucket, Key) == ("b-cleaned", PLACE)
        return {"Body": io.BytesIO(json.dumps(metadata()).encode())}

    monkeypatch.setattr(aws, "get_object", get_object)
    aws.answer, aws.types = [["t", "n"], ["curated.processed", "71990"]], ["varchar", "bigint"]
    return aws


def test_an_iceberg_table_shows_rows_files_size_and_snapshots_without_a_query(mill: Mill, lake: Fake) -> None:
    lines = [line.split() for line in mill("status", "--home", "aws").stdout.splitlines()]
    assert ["cleaned.calls", "72,000", "3", "2.5", "MB", "2"] in lines
    assert ["curated.processed", "71,990"] in lines
    assert lake.asked == ["select 'curated.processed', count(*) from lakemill_dev_curated.\"processed\""]


def test_metadata_that_cannot_be_read_hides_no_table(mill: Mill, lake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")

    monkeypatch.setattr(lake, "get_object", denied)
    result = mill("status", "--home", "aws")
    assert ["cleaned.calls", "?", "?", "?", "?"] in [line.split() for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (metadata(), (72_000, 3, 2)),
        (metadata(**{"total-position-deletes": "10"}), (71_990, 3, 2)),
        (metadata(**{"total-equality-deletes": "1"}), (None, 3, 2)),
        (metadata(current=1), (5, 3, 2)),
        ({"current-snapshot-id": -1, "snapshots": []}, (0, 0, 0)),
        ({}, (0, 0, 0)),
    ],
)
def test_rows_are_those_of_the_current_snapshot_less_deleted_ones(found: dict[str, Any], expected: tuple[int | None, int, int]) -> None:
    table = read("cleaned.calls", found)
    assert (table.rows, table.files, table.snapshots) == expected


def test_what_is_unknown_of_an_iceberg_table_is_a_question_mark_and_of_others_nothing() -> None:
    assert Table(name="a", iceberg=True).cells == ("a", "?", "?", "?", "?")
    assert Table(name="b", rows=1).cells == ("b", "1", "", "", "")
