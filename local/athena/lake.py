"""How a query reads S3: with its caller's keys, byte by counted byte.

DuckDB reads through `LakeFiles`, an fsspec file system that fetches ranges with the caller's S3 client and counts them:
that count is DataScannedInBytes, and the scan limit of the workgroup stops the query in the middle of a read. pyiceberg
reads metadata through `LakeIO`, whose bytes do not count, as on AWS. An error of S3 is kept in `failure`, because DuckDB
passes on only its text.
"""

import io
import threading
from datetime import UTC, datetime
from typing import Any

import fsspec
from botocore.exceptions import ClientError
from fsspec.spec import AbstractBufferedFile
from pyiceberg.io import FileIO, InputFile, InputStream, OutputFile

from local.athena.failures import QueryFailure, no_permission

SCHEME = "s3://"


def bucket_and_key(location: str) -> tuple[str, str]:
    """Split `s3://bucket/key` (s3a and s3n too)."""
    bucket, _, key = location.split("://", 1)[-1].partition("/")
    return bucket, key


def read_failure(error: ClientError, location: str) -> QueryFailure:
    """What Athena says when S3 refuses a read."""
    code = error.response["Error"]["Code"]
    if code in ("AccessDenied", "403"):
        detail = error.response["Error"].get("Message", "Access Denied")
        return QueryFailure("PERMISSION_DENIED", f"Access Denied when reading from location: {location} ({detail})")
    return QueryFailure("ICEBERG_CANNOT_OPEN_SPLIT", f"Error reading {location}: {code}")


class LakeFiles(fsspec.AbstractFileSystem):  # type: ignore[misc]
    """The caller's view of S3 for one query.

    `scanned` = bytes read; `limit` = bytes allowed, 0 for no limit; `kept` = objects that were read already, unpacked.
    """

    protocol = "s3"
    cachable = False

    def __init__(self, s3: Any, *, limit: int = 0) -> None:
        super().__init__()
        self.s3, self.limit = s3, limit
        self.scanned = 0
        self.sizes: dict[str, int] = {}
        self.kept: dict[str, bytes] = {}
        self._count = threading.Lock()
        self.failure: QueryFailure | None = None

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Size and type of one object."""
        name = SCHEME + path.removeprefix(SCHEME)
        if name in self.kept:
            return {"name": name, "size": len(self.kept[name]), "type": "file"}
        if name not in self.sizes:
            self.sizes[name] = self._call("head_object", name)["ContentLength"]
        return {"name": name, "size": self.sizes[name], "type": "file"}

    def glob(self, path: str, **_: Any) -> list[str]:
        """Every path is exact: planning has listed the files already."""
        return [path]

    def exists(self, path: str, **_: Any) -> bool:  # noqa: ARG002
        """Planning has listed the files already."""
        return True

    def modified(self, _path: str) -> datetime:
        """Objects of a snapshot never change."""
        return datetime(2020, 1, 1, tzinfo=UTC)

    def fetch(self, path: str, start: int, end: int) -> bytes:
        """Bytes start..end (end exclusive) of an object; raises when the scan limit is passed."""
        if start >= end:
            return b""
        kept = self.kept.get(SCHEME + path.removeprefix(SCHEME))
        if kept is not None:
            return kept[start:end]
        data: bytes = self._call("get_object", path, Range=f"bytes={start}-{end - 1}")["Body"].read()
        with self._count:
            self.scanned += len(data)
            over = 0 < self.limit < self.scanned
        if over:
            self.failure = QueryFailure("", "Query cancelled! : Bytes scanned limit was exceeded")
            raise OSError(self.failure.message)
        return data

    def _open(self, path: str, mode: str = "rb", **_: Any) -> "Ranges":
        return Ranges(self, path, mode=mode, cache_type="none")

    def _call(self, operation: str, path: str, **arguments: str) -> Any:
        bucket, key = bucket_and_key(path)
        try:
            return getattr(self.s3, operation)(Bucket=bucket, Key=key, **arguments)
        except ClientError as error:
            self.failure = self.failure or read_failure(error, SCHEME + path.removeprefix(SCHEME))
            raise OSError(self.failure.reason) from error


class Ranges(AbstractBufferedFile):  # type: ignore[misc]
    """One open object."""

    def _fetch_range(self, start: int, end: int) -> bytes:
        return bytes(self.fs.fetch(self.path, start, min(end, self.size)))


class LakeInput(InputFile):
    """A metadata object, read whole."""

    def __init__(self, location: str, s3: Any) -> None:
        super().__init__(location)
        self._s3 = s3

    def __len__(self) -> int:
        bucket, key = bucket_and_key(self.location)
        return int(self._s3.head_object(Bucket=bucket, Key=key)["ContentLength"])

    def exists(self) -> bool:
        """Metadata names only objects that exist."""
        return True

    def open(self, seekable: bool = True) -> InputStream:  # noqa: ARG002
        """The object's bytes as a stream; raises QueryFailure when S3 refuses."""
        bucket, key = bucket_and_key(self.location)
        try:
            return io.BytesIO(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            raise read_failure(error, self.location) from error


class LakeIO(FileIO):
    """pyiceberg's way to metadata and manifests; it never writes."""

    def __init__(self, s3: Any) -> None:
        super().__init__()
        self._s3 = s3

    def new_input(self, location: str) -> InputFile:
        """A readable object."""
        return LakeInput(location, self._s3)

    def new_output(self, location: str) -> OutputFile:
        """Queries do not write."""
        raise no_permission(f"A query does not write {location}")

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Queries do not delete."""
        raise no_permission(f"A query does not delete {location}")
