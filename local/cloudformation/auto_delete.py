"""Custom::S3AutoDeleteObjects: CDK's custom resource that empties a bucket before its deletion.

On AWS a Node function does it, with a library that only Lambda's Node image holds. Here the home does what that
function does, as that function's role and through S3's API: all versions and delete markers go, but only if the bucket
carries the tag `aws-cdk:auto-delete-objects`; the bucket policy must let the role do it.
"""

from typing import Any

from ministack.core.arn import parse_arn
from ministack.services import lambda_svc, s3

from local import identity
from local.cloudformation.handlers import Made, Properties, add

TAG = "aws-cdk:auto-delete-objects"


def plug_in() -> None:
    """Add the custom resource."""
    add("Custom::S3AutoDeleteObjects", create=_create, update=_update, delete=_delete)


def _create(logical_id: str, _properties: Properties, _stack: str) -> Made:
    return f"auto-delete-{logical_id}", {}


def _update(physical_id: str, old: Properties, new: Properties, _stack: str) -> Made:
    if old.get("BucketName") != new.get("BucketName"):
        _delete(physical_id, old)
    return physical_id, {}


def _delete(_physical_id: str, properties: Properties) -> None:
    bucket = properties.get("BucketName", "")
    if bucket not in s3._buckets or s3._bucket_tags.get(bucket, {}).get(TAG) != "true":
        return
    name = parse_arn(properties["ServiceToken"]).resource.removeprefix("function:")
    function = lambda_svc._functions[name]["config"]
    client = identity.client("s3", identity.role_session(function["Role"], name, service="lambda.amazonaws.com"))
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        _remove(client, bucket, [*page.get("Versions", []), *page.get("DeleteMarkers", [])])


def _remove(client: Any, bucket: str, found: list[dict[str, Any]]) -> None:
    if not found:
        return
    objects = [{"Key": o["Key"], "VersionId": o["VersionId"]} for o in found]
    failed = client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors")
    if failed:
        raise ValueError(f"{bucket}: {failed[0]['Code']}: {failed[0]['Message']}")
