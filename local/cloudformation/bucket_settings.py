"""A bucket's properties as CloudFormation names them, turned into requests as S3 names them.

The requests are serialized by botocore, from the same model that every SDK uses; nothing here writes XML by hand.
"""

import functools
from typing import Any

import botocore.session
from botocore.model import ServiceModel
from botocore.serialize import create_serializer

Request = dict[str, Any]

EXPIRATION = {"ExpirationInDays": "Days", "ExpirationDate": "Date", "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker"}
TRANSITION = {"TransitionInDays": "Days", "TransitionDate": "Date", "StorageClass": "StorageClass"}
NONCURRENT = {"TransitionInDays": "NoncurrentDays", "NewerNoncurrentVersions": "NewerNoncurrentVersions", "StorageClass": "StorageClass"}
FILTER = ("Prefix", "ObjectSizeGreaterThan", "ObjectSizeLessThan")


def body(operation: str, request: Request) -> bytes:
    """The body of an S3 request. `request` needs no bucket name."""
    model = _model()
    serialized = create_serializer("rest-xml").serialize_to_request({"Bucket": "b", **request}, model.operation_model(operation))
    found = serialized["body"]
    return found if isinstance(found, bytes) else str(found).encode()


def encryption(properties: dict[str, Any]) -> Request:
    """`BucketEncryption` as PutBucketEncryption."""
    rules = [_encryption_rule(r) for r in properties["ServerSideEncryptionConfiguration"]]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def logging(properties: dict[str, Any], *, own_name: str) -> Request:
    """`LoggingConfiguration` as PutBucketLogging; without a destination a bucket logs to itself."""
    target = {"TargetBucket": properties.get("DestinationBucketName", own_name), "TargetPrefix": properties.get("LogFilePrefix", "")}
    return {"BucketLoggingStatus": {"LoggingEnabled": target}}


def ownership(properties: dict[str, Any]) -> Request:
    """`OwnershipControls` as PutBucketOwnershipControls."""
    return {"OwnershipControls": {"Rules": properties["Rules"]}}


def tags(properties: list[dict[str, str]]) -> Request:
    """`Tags` as PutBucketTagging."""
    return {"Tagging": {"TagSet": properties}}


def lifecycle(properties: dict[str, Any]) -> Request:
    """`LifecycleConfiguration` as PutBucketLifecycleConfiguration."""
    return {"LifecycleConfiguration": {"Rules": [_rule(r) for r in properties["Rules"]]}}


def _encryption_rule(rule: dict[str, Any]) -> Request:
    default = rule["ServerSideEncryptionByDefault"]
    return {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bool(rule.get("BucketKeyEnabled", False))}


def _rule(rule: dict[str, Any]) -> Request:
    kept = rule.get("NoncurrentVersionExpiration") or _renamed(rule, {"NoncurrentVersionExpirationInDays": "NoncurrentDays"})
    parts = {
        "ID": rule.get("Id"),
        "Status": rule["Status"],
        "Filter": _filter(rule),
        "Expiration": _renamed(rule, EXPIRATION),
        "Transitions": [_renamed(t, TRANSITION) for t in _all(rule, "Transition")],
        "NoncurrentVersionTransitions": [_renamed(t, NONCURRENT) for t in _all(rule, "NoncurrentVersionTransition")],
        "NoncurrentVersionExpiration": {k: int(v) for k, v in kept.items()},
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
    }
    return {name: value for name, value in parts.items() if value}


def _all(rule: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """A list property together with its older form of a single one."""
    return [*rule.get(f"{name}s", []), *([rule[name]] if name in rule else [])]


def _filter(rule: dict[str, Any]) -> Request:
    found = {k: v if k == "Prefix" else int(v) for k, v in rule.items() if k in FILTER}
    wanted = rule.get("TagFilters") or []
    if len(found) + len(wanted) > 1:
        return {"And": found | ({"Tags": wanted} if wanted else {})}
    return {"Tag": wanted[0]} if wanted else (found or {"Prefix": ""})


def _renamed(source: dict[str, Any], names: dict[str, str]) -> Request:
    return {new: source[old] for old, new in names.items() if old in source}


@functools.cache
def _model() -> ServiceModel:
    return botocore.session.get_session().get_service_model("s3")
