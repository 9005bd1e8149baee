"""Bodies of objects in files: exact to the byte, shared and freed as they should be, and not in the home's memory."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.local.conftest import Home, until

MB = 1 << 20
MOST_MB_FOR_2_GB = 300
MOST_MB_AT_ONCE = 300
WHERE = {"LocationConstraint": "eu-west-1"}


class Generated(io.RawIOBase):
    """So many bytes that are never all in memory."""

    block = os.urandom(MB)

    def __init__(self, size: int) -> None:
        self.size, self.position = size, 0

    def readable(self) -> bool:
        return True

    def read(self, count: int = -1) -> bytes:
        count = min(self.size - self.position, count if count >= 0 else self.size)
        begin = self.position % MB
        self.position += count
        return (self.block * (count // MB + 2))[begin : begin + count]

    @classmethod
    def digest(cls, size: int) -> str:
        found = hashlib.sha256()
        for _ in range(size // MB):
            found.update(cls.block)
        return found.hexdigest()


def resident_mb(home: Home, *, field: str = "VmRSS") -> int:
    status = Path(f"/proc/{home.process.pid}/status")
    if not status.exists():
        pytest.skip("the size of a process is read on Linux only")
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(field)) // 1024


def files(home: Home, *, bucket: str) -> int:
    """Bytes on disk below the home's objects for a bucket, shared files counted once."""
    found = [p.stat() for p in (home.folder / "s3").rglob("*") if p.is_file() and bucket in p.parts and not p.name.endswith(".meta.json")]
    return sum({each.st_ino: each.st_size for each in found}.values())


@pytest.fixture(scope="module")
def s3(home: Home) -> Any:
    return home.client("s3")


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> Iterator[str]:
    name = f"o-{hashlib.sha256(request.node.name.encode()).hexdigest()[:20]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=WHERE)
    yield name
    for each in (listed := s3.list_object_versions(Bucket=name)).get("Versions", []) + listed.get("DeleteMarkers", []):
        s3.delete_object(Bucket=name, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(Bucket=name)
    assert files(request.getfixturevalue("home"), bucket=name) == 0


def read(s3: Any, bucket: str, key: str, **more: str) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read())


@pytest.mark.parametrize("size", [0, 1, MB - 1, MB, MB + 1, 3 * MB + 7])
def test_an_object_comes_back_byte_for_byte_also_in_ranges(s3: Any, bucket: str, size: int) -> None:
    content = Generated(size).read()
    s3.put_object(Bucket=bucket, Key="k", Body=content)
    assert read(s3, bucket, "k") == content
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ContentLength"], head["ETag"]) == (size, f'"{hashlib.md5(content).hexdigest()}"')
    for begin, end in ((0, 0), (3, size - 3), (1, MB + 1), (size // 2, size - 1)):
        if begin <= end < size:
            assert read(s3, bucket, "k", Range=f"bytes={begin}-{end}") == content[begin : end + 1]


def test_parts_become_one_object_and_an_abandoned_upload_leaves_nothing(home: Home, s3: Any, bucket: str) -> None:
    first, second = Generated(5 * MB).read(), b"the end"
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    told = [
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=n, Body=b)["ETag"]
        for n, b in ((1, b"x"), (2, second), (1, first))
    ]
    parts = [{"PartNumber": 1, "ETag": told[2]}, {"PartNumber": 2, "ETag": told[1]}]
    done = s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts})
    digests = hashlib.md5(first).digest() + hashlib.md5(second).digest()
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    assert read(s3, bucket, "k") == first + second
    given_up = s3.create_multipart_upload(Bucket=bucket, Key="other")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="other", UploadId=given_up, PartNumber=1, Body=first)
    copied = s3.upload_part_copy(
        Bucket=bucket, Key="other", UploadId=given_up, PartNumber=2, CopySource=f"{bucket}/k", CopySourceRange="bytes=9-99"
    )
    assert copied["CopyPartResult"]["ETag"] == f'"{hashlib.md5((first + second)[9:100]).hexdigest()}"'
    s3.abort_multipart_upload(Bucket=bucket, Key="other", UploadId=given_up)
    assert files(home, bucket=bucket) == len(first + second)
    assert not list((home.folder / "tmp").glob("body-*"))


def test_a_part_that_was_never_sent_is_refused(s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
    with pytest.raises(ClientError, match="InvalidPart"):
        s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 2, "ETag": "x"}]})
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)


def test_versions_and_copies_keep_their_bytes_and_the_last_one_to_go_frees_them(home: Home, s3: Any, bucket: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    bodies = [Generated(2 * MB).read(), b"small", b""]
    versions = [s3.put_object(Bucket=bucket, Key="k", Body=body)["VersionId"] for body in bodies]
    assert [read(s3, bucket, "k", VersionId=v) for v in versions] == bodies
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "k", "VersionId": versions[0]})
    assert read(s3, bucket, "copy") == bodies[0]
    assert files(home, bucket=bucket) == 2 * MB + len("small"), "the copy shares the file of its source"
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    with pytest.raises(ClientError, match="NoSuchKey"):
        read(s3, bucket, "k")
    for gone in (marker, versions[2], versions[1]):
        s3.delete_object(Bucket=bucket, Key="k", VersionId=gone)
    assert read(s3, bucket, "k") == bodies[0]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=versions[0])
    assert read(s3, bucket, "copy") == bodies[0]
    assert files(home, bucket=bucket) == 2 * MB


def test_an_object_can_be_copied_onto_itself_and_replaced_while_it_is_read(s3: Any, bucket: str) -> None:
    old = Generated(20 * MB).read()
    s3.put_object(Bucket=bucket, Key="k", Body=old)
    s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/k", MetadataDirective="REPLACE", Metadata={"a": "b"})
    reading = s3.get_object(Bucket=bucket, Key="k")
    begin = reading["Body"].read(MB)
    s3.put_object(Bucket=bucket, Key="k", Body=b"new")
    assert reading["Metadata"] == {"a": "b"}
    assert begin + reading["Body"].read() == old
    assert read(s3, bucket, "k") == b"new"


@pytest.mark.parametrize("key", ["a/../up", "a", "a/b", "a/b/", "x.tmp", "x.meta.json", "ünï/ cödé+&=%2F", "l" * 900])
def test_a_name_that_files_cannot_have_is_a_key_all_the_same(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key="a/b/c", Body=b"beside")
    s3.put_object(Bucket=bucket, Key=key, Body=b"it")
    assert (read(s3, bucket, key), read(s3, bucket, "a/b/c")) == (b"it", b"beside")


def test_an_upload_that_is_cut_off_changes_nothing(home: Home, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"old")

    class Cut(Generated):
        def read(self, count: int = -1) -> bytes:
            if self.position >= 3 * MB:
                raise ConnectionResetError("cut off")
            return super().read(min(count, MB) if count >= 0 else MB)

        def seek(self, position: int, whence: int = 0) -> int:
            self.position = position if whence == 0 else self.size
            return self.position

        def tell(self) -> int:
            return self.position

        def seekable(self) -> bool:
            return True

    cut = home.client("s3")
    with pytest.raises(ConnectionResetError):
        cut.put_object(Bucket=bucket, Key="k", Body=Cut(9 * MB), ContentLength=9 * MB, ChecksumSHA256="x", ContentMD5="x")
    cut.close()
    until(lambda: not list((home.folder / "tmp").glob("body-*")), seconds=5)
    assert read(s3, bucket, "k") == b"old"


def many_megabytes() -> list[Any]:
    return [pytest.param(256, id="256 MB"), pytest.param(2048, id="2 GB", marks=pytest.mark.slow)]


@pytest.mark.parametrize("megabytes", many_megabytes())
def test_2_gb_of_objects_add_less_than_300_mb_to_the_home(new_home: Callable[..., Home], megabytes: int) -> None:
    """256 MB may add the same share of 300 MB. While they arrive and leave it may be more, but never as much as they are."""
    home = new_home()
    s3, size = home.client("s3"), megabytes * MB
    s3.create_bucket(Bucket="much", CreateBucketConfiguration=WHERE)
    s3.put_bucket_versioning(Bucket="much", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="much", Key="first", Body=b"x" * 2 * MB)
    read(s3, "much", "first")
    before = resident_mb(home)
    s3.upload_fileobj(Generated(size), "much", "k", Config=TransferConfig(multipart_chunksize=64 * MB))
    found, body = hashlib.sha256(), s3.get_object(Bucket="much", Key="k")["Body"]
    for chunk in body.iter_chunks(8 * MB):
        found.update(chunk)
    assert found.hexdigest() == Generated.digest(size)
    s3.copy_object(Bucket="much", Key="copy", CopySource="much/k")
    assert resident_mb(home) - before < MOST_MB_FOR_2_GB * megabytes / 2048
    assert resident_mb(home, field="VmHWM") - before < MOST_MB_AT_ONCE
    home.stop()


def test_a_key_that_is_disabled_or_goes_encrypts_and_decrypts_nothing(home: Home, s3: Any, bucket: str) -> None:
    kms = home.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    with_key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(Bucket=bucket, Key="k", Body=b"old", **with_key)
    for change, code in ((kms.disable_key, "KMS.DisabledException"), (kms.schedule_key_deletion, "KMS.KMSInvalidStateException")):
        change(KeyId=key)
        with pytest.raises(ClientError, match=code):
            s3.put_object(Bucket=bucket, Key="k", Body=b"new", **with_key)
        with pytest.raises(ClientError, match=code):
            s3.get_object(Bucket=bucket, Key="k")
        kms.cancel_key_deletion(KeyId=key) if change == kms.schedule_key_deletion else None
        kms.enable_key(KeyId=key)
        assert read(s3, bucket, "k") == b"old"


@pytest.mark.parametrize("key", ["../a", "a/../../b", "a/b/../../../c", "./../a", "k" * 1025, "é" * 513])
def test_a_key_that_s3_does_not_take_is_refused_however_it_comes(home: Home, bucket: str, key: str) -> None:
    s3 = home.client("s3")
    s3.put_object(Bucket=bucket, Key="a/../b", Body=b"1")
    calls: list[Callable[[], Any]] = [
        lambda: s3.put_object(Bucket=bucket, Key=key, Body=b""),
        lambda: s3.create_multipart_upload(Bucket=bucket, Key=key),
        lambda: s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": "a/../b"}),
    ]
    for call in calls:
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        told = caught.value.response["Error"]
        assert told == {"Code": "400", "Message": "Bad Request"} if ".." in key else told["Code"] == "KeyTooLongError"
