"""Buckets: one per zone of the data, and one for the records of who read them."""

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.parts.keeping import fate
from stacks.parts.spans import days as span

UPLOAD_DAYS = 7
ALGORITHM = "s3:x-amz-server-side-encryption"
KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
PRIVATE = s3.BlockPublicAccess.BLOCK_ALL


@dataclass(frozen=True, kw_only=True)
class Protection:
    """What all zones of an environment share. Reads are recorded in `access_logs`, except where everything is about to be erased."""

    key: kms.IKey
    access_logs: s3.IBucket
    old_version_days: int
    erasable: bool


class Zone(Construct):
    """A private, versioned bucket under the data key. `announces` sends its events to EventBridge."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        protection: Protection,
        rules: Sequence[s3.LifecycleRule] = (),
        announces: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=protection.key,
            bucket_key_enabled=True,
            versioned=True,
            block_public_access=PRIVATE,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            server_access_logs_bucket=None if protection.erasable else protection.access_logs,
            server_access_logs_prefix=None if protection.erasable else f"access/{construct_id.lower()}/",
            lifecycle_rules=[*rules, _tidy(protection.old_version_days)],
            removal_policy=fate(erasable=protection.erasable),
            auto_delete_objects=protection.erasable,
        )
        if announces:
            _announce(self.bucket)
        _refuse_other_keys(self.bucket, key=protection.key)
        if protection.erasable:
            self.bucket.node.add_dependency(protection.access_logs)  # so the log bucket is emptied and deleted last
            _acknowledge(self.bucket, reason="Log delivery lags for hours and would refill the log bucket while everything is destroyed.")


class AccessLogs(Construct):
    """Where zones record who read them. Encrypted by S3 itself, as log delivery refuses KMS keys."""

    def __init__(self, scope: Construct, construct_id: str, *, days: int, erasable: bool) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            versioned=True,
            block_public_access=PRIVATE,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            lifecycle_rules=[expire(days), _tidy(1)],
            removal_policy=fate(erasable=erasable),
            auto_delete_objects=erasable,
        )
        _acknowledge(
            self.bucket, reason="This bucket receives the access logs of all others; logging its own reads into itself would never end."
        )


def expire(days: int) -> s3.LifecycleRule:
    """A rule that removes objects after that many days."""
    return s3.LifecycleRule(id="expire", expiration=span(days))


def _tidy(old_version_days: int) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        id="tidy",
        abort_incomplete_multipart_upload_after=span(UPLOAD_DAYS),
        noncurrent_version_expiration=span(old_version_days),
    )


def _acknowledge(bucket: s3.Bucket, *, reason: str) -> None:
    cdk.Validations.of(bucket).acknowledge(cdk.Acknowledgment(id="AwsSolutions::AwsSolutions-S1", reason=reason))


def _announce(bucket: s3.Bucket) -> None:
    # CloudFormation knows EventBridge on buckets; the construct's own way would deploy a function to switch it on.
    resource = bucket.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(event_bridge_enabled=True)
    )


def _refuse_other_keys(bucket: s3.Bucket, *, key: kms.IKey) -> None:
    # Conditions see the request's headers only. Without a header the bucket's own key is used, hence Null: absence is no offence.
    objects, everybody = bucket.arn_for_objects("*"), iam.AnyPrincipal()

    def refuse(sid: str, *, header: str, expected: str) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            sid=sid,
            effect=iam.Effect.DENY,
            principals=[everybody],
            actions=["s3:PutObject"],
            resources=[objects],
            conditions={"StringNotEquals": {header: expected}, "Null": {header: "false"}},
        )

    assert bucket.policy  # made by the rule that TLS is a must
    bucket.policy.document.add_statements(
        refuse("OnlyKms", header=ALGORITHM, expected="aws:kms"), refuse("OnlyTheDataKey", header=KEY_ID, expected=key.key_arn)
    )
