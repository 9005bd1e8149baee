"""How the jobs speak to S3: what they list, what they read, what they remove."""

import io
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.response import StreamingBody
from lake import script

from lakemill.intake import RawFile


class FakeS3:
    """Pages of keys, one body, and a record of the calls."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.calls: list[dict[str, Any]] = []

    def get_paginator(self, name: str) -> Any:
        assert name == "list_objects_v2"
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        self.calls.append(request)
        return [{"Contents": [{"Key": key, "ETag": '"e"', "Size": 1} for key in self.keys]}, {}]

    def get_object(self, **request: Any) -> dict[str, Any]:
        self.calls.append(request)
        return {"Body": StreamingBody(io.BytesIO(b"a,b\n1,2\n"), 8)}

    def delete_objects(self, **request: Any) -> None:
        self.calls.append(request)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    fake = FakeS3("calls/", "calls/a.csv", "calls/_SUCCESS", "calls/.hidden", "calls/2019/b.csv")
    monkeypatch.setitem(sys.modules, "boto3", SimpleNamespace(client=lambda name: fake))
    return fake


def test_folder_marks_and_hidden_names_are_not_taken(s3: FakeS3):
    files = script("raw_to_cleaned").listed("raw", prefix="calls/")
    assert [(file.key, file.version) for file in files] == [("calls/a.csv", "e"), ("calls/2019/b.csv", "e")]
    assert s3.calls == [{"Bucket": "raw", "Prefix": "calls/"}]


def test_an_object_is_read_only_in_the_version_that_was_listed(s3: FakeS3):
    clean = script("raw_to_cleaned")
    file = RawFile(key="calls/a.csv", version="e", size=8)
    job = SimpleNamespace(bucket="raw", dataset=clean.declared("calls"))
    taken = clean.examined(job, files=[file])
    assert [(key.key, intake.rows) for key, intake in taken] == [("calls/a.csv", 1)]
    assert s3.calls == [{"Bucket": "raw", "Key": "calls/a.csv", "IfMatch": '"e"'}]


def test_only_folders_of_other_runs_are_removed(s3: FakeS3):
    script("cleaned_to_curated").remove_others("curated", prefix="calls/", keep="calls/2019/")
    removed = [each["Key"] for each in s3.calls[1]["Delete"]["Objects"]]
    assert removed == ["calls/", "calls/a.csv", "calls/_SUCCESS", "calls/.hidden"]
