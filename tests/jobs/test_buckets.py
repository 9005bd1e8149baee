"""How the jobs speak to S3: what they list, what they read, what they remove."""

import io
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from lake import script

from lakemill import taking
from lakemill.datasets import dataset
from lakemill.intake import RawFile

ARRIVED = datetime(2026, 11, 21, 23, 59, tzinfo=UTC)


class FakeS3:
    """Pages of keys, one body, and a record of the calls."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.calls: list[dict[str, Any]] = []
        self.refusal = ""

    def get_paginator(self, name: str) -> Any:
        assert name == "list_objects_v2"
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        self.calls.append(request)
        return [{"Contents": [{"Key": key, "ETag": '"e"', "Size": 1, "LastModified": ARRIVED} for key in self.keys]}, {}]

    def get_object(self, **request: Any) -> dict[str, Any]:
        self.calls.append(request)
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal}}, "GetObject")
        return {"Body": StreamingBody(io.BytesIO(b"a,b\n1,2\n"), 8)}

    def delete_objects(self, **request: Any) -> None:
        self.calls.append(request)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    fake = FakeS3("calls/", "calls/a.csv", "calls/_SUCCESS", "calls/.hidden", "calls/2019/b.csv")
    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=lambda name: fake))
    return fake


def test_folder_marks_and_hidden_names_are_not_taken(s3: FakeS3):
    files = script("raw_to_cleaned").Bucket("raw").listed("calls/")
    assert [(file.key, file.version, file.day) for file in files] == [
        ("calls/a.csv", "e", "2026-11-21"),
        ("calls/2019/b.csv", "e", "2026-11-21"),
    ]
    assert s3.calls == [{"Bucket": "raw", "Prefix": "calls/"}]


def job(bucket: Any, told: list[str]) -> Any:
    return SimpleNamespace(store=bucket, dataset=dataset("calls"), schema_policy="additive", tell=told.append)


def test_an_object_is_read_only_in_the_version_that_was_listed(s3: FakeS3):
    file = RawFile(key="calls/a.csv", version="e", size=8)
    taken = taking.examined(job(script("raw_to_cleaned").Bucket("raw"), []), files=[file])
    assert [(key.key, intake.rows) for key, intake in taken] == [("calls/a.csv", 1)]
    assert s3.calls == [{"Bucket": "raw", "Key": "calls/a.csv", "IfMatch": '"e"'}]


@pytest.mark.parametrize("code", ["PreconditionFailed", "NoSuchKey"])
def test_an_object_that_was_replaced_or_removed_meanwhile_is_left_for_the_next_run(s3: FakeS3, code: str):
    s3.refusal, told = code, []
    file = RawFile(key="calls/a.csv", version="old", size=8)
    assert list(taking.examined(job(script("raw_to_cleaned").Bucket("raw"), told), files=[file])) == []
    assert told == ["changed during the run, left for the next: calls/a.csv"]


def test_any_other_refusal_by_s3_fails_the_run(s3: FakeS3):
    s3.refusal = "AccessDenied"
    with pytest.raises(ClientError, match="AccessDenied"):
        taking.examined(job(script("raw_to_cleaned").Bucket("raw"), []), files=[RawFile(key="calls/a.csv", version="e", size=8)])


def test_only_folders_of_other_runs_are_removed(s3: FakeS3):
    script("cleaned_to_curated").remove_others("curated", prefix="calls/", keep="calls/2019/")
    removed = [each["Key"] for each in s3.calls[1]["Delete"]["Objects"]]
    assert removed == ["calls/", "calls/a.csv", "calls/_SUCCESS", "calls/.hidden"]
