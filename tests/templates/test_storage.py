"""Buckets and their key, row by row of the security checklist."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.templates.reading import Platform, Resource, Statement, text


def buckets(platform: Platform, *, zones_only: bool = False) -> list[Resource]:
    return [each for each in platform.every("AWS::S3::Bucket") if not (zones_only and each.id.startswith("Logs"))]


def rules(bucket: Resource) -> dict[str, Any]:
    return {rule["Id"]: rule for rule in bucket.properties["LifecycleConfiguration"]["Rules"]}


def bucket_statements(platform: Platform) -> Iterator[tuple[Resource, list[Statement]]]:
    policies = {text(each.properties["Bucket"]): each for each in platform.every("AWS::S3::BucketPolicy")}
    for bucket in buckets(platform):
        raw = policies[f"<{bucket.id}>"].properties["PolicyDocument"]["Statement"]
        yield bucket, [Statement.of(bucket.id, each) for each in raw]


def test_every_zone_has_a_bucket(platform: Platform) -> None:
    zones = {"Raw", "Cleaned", "Curated", "Quarantine", "Models", "Results", "Logs"}
    assert {each.id.split("Bucket")[0] for each in buckets(platform)} == zones


def test_buckets_get_names_nobody_can_guess(platform: Platform) -> None:
    assert not [each.id for each in buckets(platform) if "BucketName" in each.properties]


def test_no_bucket_is_public(platform: Platform) -> None:
    flags = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
    assert all(each.properties["PublicAccessBlockConfiguration"] == flags for each in buckets(platform))
    assert not [each for _, found in bucket_statements(platform) for each in found if each.public and each.effect != "Deny"]


@pytest.mark.parametrize(
    ("operator", "condition"), [("Bool", {"aws:SecureTransport": "false"}), ("NumericLessThan", {"s3:TlsVersion": 1.2})]
)
def test_buckets_speak_tls_of_1_2_or_newer_only(platform: Platform, operator: str, condition: dict[str, object]) -> None:
    for bucket, found in bucket_statements(platform):
        [statement] = [each for each in found if each.conditions.get(operator) == condition]
        assert statement.effect == "Deny"
        assert set(statement.resources) == {f"<{bucket.id}.Arn>", f"<{bucket.id}.Arn>/*"}


def test_buckets_know_no_acls(platform: Platform) -> None:
    assert all(each.properties["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}] for each in buckets(platform))


def test_buckets_keep_versions_and_tidy_up_old_ones_and_broken_uploads(platform: Platform) -> None:
    for bucket in buckets(platform):
        assert bucket.properties["VersioningConfiguration"] == {"Status": "Enabled"}
        assert rules(bucket)["tidy"]["NoncurrentVersionExpiration"]["NoncurrentDays"] >= 1
        assert rules(bucket)["tidy"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def test_zones_are_encrypted_with_the_data_key_and_the_log_bucket_by_s3(platform: Platform) -> None:
    [key] = platform.every("AWS::KMS::Key")
    for bucket in buckets(platform):
        [rule] = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = rule["ServerSideEncryptionByDefault"]
        if bucket.id.startswith("Logs"):
            assert default == {"SSEAlgorithm": "AES256"}
        else:
            assert (default["SSEAlgorithm"], text(default["KMSMasterKeyID"]), rule["BucketKeyEnabled"]) == (
                "aws:kms",
                f"<{key.id}.Arn>",
                True,
            )


def test_reads_of_every_zone_are_recorded_in_the_log_bucket(dev: Platform, prod: Platform) -> None:
    for bucket in [*buckets(dev, zones_only=True), *buckets(prod, zones_only=True)]:
        logging = bucket.properties["LoggingConfiguration"]
        assert text(logging["DestinationBucketName"]).startswith("<LogsBucket")
        assert logging["LogFilePrefix"] == f"access/{bucket.id.split('Bucket')[0].lower()}/"


def test_raw_goes_to_infrequent_access_after_60_days_and_to_glacier_after_180(platform: Platform) -> None:
    transitions = rules(platform.one("AWS::S3::Bucket", "Raw"))["cool"]["Transitions"]
    assert {(each["StorageClass"], each["TransitionInDays"]) for each in transitions} == {("STANDARD_IA", 60), ("GLACIER", 180)}


def test_results_and_logs_expire_and_no_file_of_a_table_does(platform: Platform) -> None:
    expiring = {each.id.split("Bucket")[0] for each in buckets(platform) if "expire" in rules(each)}
    assert expiring == {"Results", "Logs"}


def test_raw_alone_announces_its_files_to_eventbridge(platform: Platform) -> None:
    announcing = [each.id for each in buckets(platform) if "NotificationConfiguration" in each.properties]
    assert announcing == [platform.one("AWS::S3::Bucket", "Raw").id]
    raw = platform.one("AWS::S3::Bucket", "Raw").properties["NotificationConfiguration"]
    assert raw == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_the_key_rotates_and_waits_before_it_is_deleted(dev: Platform, prod: Platform) -> None:
    for platform, days in ((dev, 7), (prod, 30)):
        [key] = platform.every("AWS::KMS::Key")
        assert key.properties["EnableKeyRotation"] is True
        assert key.properties["PendingWindowInDays"] == days


def test_the_key_policy_bounds_every_service_to_this_account(platform: Platform) -> None:
    [key] = platform.every("AWS::KMS::Key")
    named = [Statement.of(key.id, raw) for raw in key.properties["KeyPolicy"]["Statement"]]
    services = [each for each in named if each.services]
    assert {service for each in services for service in each.services} >= {
        "sns.amazonaws.com",
        "events.amazonaws.com",
        "cloudwatch.amazonaws.com",
    }
    for statement in services:
        bounds = {text(value) for operator in statement.conditions.values() for value in operator.values()}
        assert all("<AWS::AccountId>" in bound for bound in bounds), statement
        assert bounds
