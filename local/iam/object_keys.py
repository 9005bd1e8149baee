"""The keys that a request for an S3 object uses: S3 calls KMS with the caller's rights, so these are checked too.

Reading needs `kms:Decrypt` on the key that the object carries, writing `kms:GenerateDataKey` on the key it will get, in
parts also `kms:Decrypt`, and copying both. The account's own key `aws/s3` lets everyone in the account, as on AWS. The
emulator checks none of this, and a missing grant on a key is among the likeliest failures of a first deployment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ministack.services import kms, s3

KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"
ALGORITHM_HEADER = "x-amz-server-side-encryption"
READS = ("GetObject", "GetObjectVersion")


@dataclass(frozen=True)
class KeyUse:
    """A KMS action on a key's ARN."""

    action: str
    key: str


@dataclass(frozen=True)
class ObjectRequest:
    """What of a request decides which keys it uses."""

    operation: str
    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, Any]


def uses(request: ObjectRequest) -> tuple[KeyUse, ...]:
    """The key uses of a request for an object; none for other requests."""
    return tuple(use for use in _uses(request) if use.key)


def hidden(request: ObjectRequest) -> str:
    """The ARN of the bucket whose listing it takes to be told that an object is missing; empty if the object is there."""
    bucket, _, key = request.path.lstrip("/").partition("/")
    sought = key and request.operation in READS and bucket in s3._buckets
    return f"arn:aws:s3:::{bucket}" if sought and key not in s3._buckets[bucket]["objects"] else ""


def named(headers: dict[str, str]) -> dict[str, str]:
    """The condition key by which a bucket policy refuses other keys: the request's own words, absent without the header."""
    key = headers.get(KEY_HEADER, "")
    return {f"s3:{KEY_HEADER}": key} if key else {}


def _uses(request: ObjectRequest) -> Iterator[KeyUse]:
    bucket, _, key = request.path.lstrip("/").partition("/")
    if not key:
        return
    if request.operation in READS and request.method == "GET":
        yield KeyUse("kms:Decrypt", _of_object(bucket, key, _one(request.query.get("versionId"))))
    if request.operation == "PutObject":
        target = _arn(request.headers.get(KEY_HEADER, "")) or _default(bucket, request.headers.get(ALGORITHM_HEADER, ""))
        yield KeyUse("kms:GenerateDataKey", target)
        if "uploadId" in request.query or "uploads" in request.query:
            yield KeyUse("kms:Decrypt", target)
    if source := request.headers.get("x-amz-copy-source", ""):
        where, _, version = unquote(source).lstrip("/").partition("?versionId=")
        from_bucket, _, from_key = where.partition("/")
        yield KeyUse("kms:Decrypt", _of_object(from_bucket, from_key, version))


def _of_object(bucket: str, key: str, version: str) -> str:
    found = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key)
    if version:
        listed = s3._object_versions.get((bucket, key)) or []
        found = next((v.get("obj_record") for v in listed if v.get("version_id") == version), found)
    return _arn(((found or {}).get("preserved_headers") or {}).get(KEY_HEADER, ""))


def _default(bucket: str, algorithm: str) -> str:
    return "" if algorithm == "AES256" else _arn(s3._bucket_default_sse_headers(bucket).get(KEY_HEADER, ""))


def _arn(key: str) -> str:
    """The ARN of a customer managed key; empty for none and for the account's own."""
    found = kms._resolve_key(key) if key else None
    return str(found["Arn"]) if found else ""


def _one(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value or "")
