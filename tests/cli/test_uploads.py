"""What a load would send is known, and everything wrong with it told, before anything is sent."""

import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.problem import Problem
from cli.uploads import State, compared, planned


def _file(folder: Path, name: str, content: bytes = b"a,b\n1,2\n") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


class Bucket:
    """Answers HeadObject from a mapping of keys to sha256."""

    def __init__(self, held: dict[str, str]) -> None:
        self.held = held

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.held:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        return {"Metadata": {"sha256": self.held[Key]}}


def test_a_file_goes_below_its_dataset_under_its_own_name(tmp_path: Path) -> None:
    path = _file(tmp_path, "2019-01.csv")
    (upload,) = planned("calls", [path])
    assert (upload.key, upload.bytes, upload.sha256) == ("calls/2019-01.csv", 8, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_folder_stands_for_its_csv_files_in_order(tmp_path: Path) -> None:
    _file(tmp_path, "b.csv")
    _file(tmp_path, "a.csv.gz", gzip.compress(b"x\n"))
    _file(tmp_path, "LICENSE")
    assert [upload.key for upload in planned("calls", [tmp_path])] == ["calls/a.csv.gz", "calls/b.csv"]


def test_a_file_named_twice_is_sent_once(tmp_path: Path) -> None:
    path = _file(tmp_path, "a.csv")
    assert len(planned("calls", [path, tmp_path])) == 1


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    paths = [
        _file(tmp_path, "good.csv"),
        _file(tmp_path, "empty.csv", b""),
        _file(tmp_path, "fake.csv.gz"),
        _file(tmp_path, "hollow.csv.gz", gzip.compress(b"")),
        _file(tmp_path, "notes.txt"),
        tmp_path / "absent.csv",
    ]
    (tmp_path / "bare").mkdir()
    with pytest.raises(Problem) as told:
        planned("calls", [*paths, tmp_path / "bare"])
    for name in ("empty.csv: is empty", "is not gzip", "is empty inside", "not a .csv", "absent.csv: no such file", "in this folder"):
        assert name in str(told.value)
    assert "good.csv" not in str(told.value)


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"cut\.csv\.gz: cannot be read"):
        planned("calls", [_file(tmp_path, "cut.csv.gz", gzip.compress(b"x" * 100)[:5])])


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="two files of this name"):
        planned("calls", [_file(tmp_path, "one/a.csv"), _file(tmp_path, "two/a.csv")])


def test_the_bucket_tells_new_same_and_other_content_apart(tmp_path: Path) -> None:
    uploads = planned("calls", [_file(tmp_path, name, name.encode()) for name in ("new.csv", "same.csv", "other.csv")])
    held = {"calls/same.csv": uploads[1].sha256, "calls/other.csv": "another"}
    assert [upload.state for upload in compared(Bucket(held), "raw", uploads)] == [State.NEW, State.SAME, State.OTHER]


def test_a_refusal_by_the_bucket_is_no_absence(tmp_path: Path) -> None:
    class Closed:
        def head_object(self, **_: str) -> None:
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadObject")

    with pytest.raises(ClientError):
        compared(Closed(), "raw", planned("calls", [_file(tmp_path, "a.csv")]))
