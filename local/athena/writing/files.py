"""Objects that a statement writes: put with the caller's rights and the workgroup's encryption, and remembered."""

import tempfile
import uuid
from dataclasses import dataclass, field
from typing import IO, Any

from botocore.exceptions import ClientError

from local.athena.failures import QueryFailure
from local.athena.lake import bucket_and_key, read_failure
from local.athena.results import encryption_headers

_IN_MEMORY = 8 << 20


def write_failure(error: ClientError, location: str) -> QueryFailure:
    """What Athena says when S3 refuses a write."""
    found = error.response["Error"]
    if found["Code"] in ("AccessDenied", "403"):
        detail = found.get("Message", "Access Denied")
        return QueryFailure("PERMISSION_DENIED", f"Access Denied when writing to location: {location} ({detail})")
    return QueryFailure("HIVE_WRITER_CLOSE_ERROR", f"Error committing write to {location}: {found['Code']}")


def folder(location: str) -> str:
    """A location that ends with a slash. Raises QueryFailure for one that is not in S3."""
    if not location.startswith("s3://") or not bucket_and_key(location)[0]:
        raise QueryFailure("INVALID_TABLE_PROPERTY", f"Location is not a valid S3 path: {location}")
    return location if location.endswith("/") else location + "/"


def has_objects(s3: Any, location: str) -> bool:
    """Whether anything lies below a location. Raises QueryFailure where the caller may not look."""
    bucket, prefix = bucket_and_key(location)
    try:
        return bool(s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1).get("KeyCount"))
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucket":
            raise QueryFailure("HIVE_FILESYSTEM_ERROR", f"Failed checking path: {location} (there is no bucket {bucket})") from error
        raise read_failure(error, location) from error


@dataclass
class Files:
    """The files of one statement."""

    s3: Any
    encryption: dict[str, str]
    engine_id: str
    written: list[str] = field(default_factory=list)

    def body(self) -> IO[bytes]:
        """A file to be filled."""
        return tempfile.SpooledTemporaryFile(_IN_MEMORY)

    def name(self, location: str, ending: str = "") -> str:
        """A name for a new file below a location."""
        return f"{location}{self.engine_id}_{uuid.uuid4()}{ending}"

    def put(self, location: str, body: IO[bytes]) -> None:
        """Write an object. Raises QueryFailure."""
        bucket, key = bucket_and_key(location)
        body.seek(0)
        try:
            self.s3.put_object(Bucket=bucket, Key=key, Body=body, **encryption_headers(self.encryption))
        except ClientError as error:
            raise write_failure(error, location) from error
        self.written.append(location)
