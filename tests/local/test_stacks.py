"""CloudFormation at home: what a template says is what stands, also after an update, and only that goes on deletion."""

from typing import Any

import pytest

from tests.local.conftest import Home
from tests.local.stacks import KEY_POLICY, Stacks, Template


def bucket(**more: Any) -> Template:
    rules = [
        {
            "Id": "age",
            "Status": "Enabled",
            "Prefix": "in/",
            "Transitions": [{"StorageClass": "STANDARD_IA", "TransitionInDays": 60}, {"StorageClass": "GLACIER", "TransitionInDays": 180}],
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {"Id": "end", "Status": "Enabled", "ExpirationInDays": 400},
    ]
    properties = {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {
                    "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}},
                    "BucketKeyEnabled": True,
                }
            ]
        },
        "LifecycleConfiguration": {"Rules": rules},
        "LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "access/"},
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "Tags": [{"Key": "aws-cdk:auto-delete-objects", "Value": "true"}],
        "NotificationConfiguration": {"EventBridgeConfiguration": {"EventBridgeEnabled": True}},
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    return {"Type": "AWS::S3::Bucket", "Properties": {**properties, **more}}


def template(**more: Any) -> Template:
    resources = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": KEY_POLICY}},
        "Logs": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
        "Bucket": bucket(),
        "Database": {
            "Type": "AWS::Glue::Database",
            "Properties": {"CatalogId": "0", "DatabaseInput": {"Name": "stacked", "LocationUri": "s3://a/"}},
        },
        **more,
    }
    return {"Resources": resources, "Outputs": {"Bucket": {"Value": {"Ref": "Bucket"}}, "Logs": {"Value": {"Ref": "Logs"}}}}


@pytest.fixture(scope="module")
def stacks(home: Home) -> Stacks:
    return Stacks(home)


@pytest.fixture(scope="module")
def made(stacks: Stacks) -> dict[str, str]:
    return stacks.put("whole", template())


class TestABucket:
    def test_is_encrypted_with_the_key_of_the_template(self, home: Home, made: dict[str, str]) -> None:
        rule = home.client("s3").get_bucket_encryption(Bucket=made["Bucket"])["ServerSideEncryptionConfiguration"]["Rules"][0]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
        assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].startswith("arn:aws:kms:eu-west-1:")
        assert rule["BucketKeyEnabled"] is True

    def test_has_its_lifecycle_with_every_part(self, home: Home, made: dict[str, str]) -> None:
        age, end = home.client("s3").get_bucket_lifecycle_configuration(Bucket=made["Bucket"])["Rules"]
        assert age["Filter"] == {"Prefix": "in/"}
        assert [(t["StorageClass"], t["Days"]) for t in age["Transitions"]] == [("STANDARD_IA", 60), ("GLACIER", 180)]
        assert age["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
        assert age["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
        assert end["Expiration"] == {"Days": 400}

    def test_has_logging_ownership_tags_events_and_versions(self, home: Home, made: dict[str, str]) -> None:
        s3, name = home.client("s3"), {"Bucket": made["Bucket"]}
        assert s3.get_bucket_logging(**name)["LoggingEnabled"] == {"TargetBucket": made["Logs"], "TargetPrefix": "access/"}
        assert s3.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert {"Key": "aws-cdk:auto-delete-objects", "Value": "true"} in s3.get_bucket_tagging(**name)["TagSet"]
        assert "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(**name)
        assert s3.get_bucket_versioning(**name)["Status"] == "Enabled"

    def test_follows_an_update_and_keeps_its_objects(self, home: Home, stacks: Stacks, made: dict[str, str]) -> None:
        s3, name = home.client("s3"), {"Bucket": made["Bucket"]}
        s3.put_object(**name, Key="in/kept", Body=b"x")
        changed = bucket(LifecycleConfiguration={"Rules": [{"Id": "new", "Status": "Enabled", "ExpirationInDays": 5}]})
        del changed["Properties"]["LoggingConfiguration"]
        assert stacks.put("whole", template(Bucket=changed))["Bucket"] == made["Bucket"]
        assert [r["ID"] for r in s3.get_bucket_lifecycle_configuration(**name)["Rules"]] == ["new"]
        assert "LoggingEnabled" not in s3.get_bucket_logging(**name)
        assert s3.get_object(**name, Key="in/kept")["Body"].read() == b"x"

    def test_with_a_property_that_the_home_does_not_do_fails_and_says_which(self, stacks: Stacks) -> None:
        with pytest.raises(AssertionError, match="AccelerateConfiguration"):
            stacks.put("accelerated", {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"AccelerateConfiguration": {}}}}})


class TestDeletion:
    def test_leaves_what_is_retained_and_refuses_a_bucket_that_is_not_empty(self, home: Home, stacks: Stacks) -> None:
        outputs = stacks.put(
            "gone",
            {
                **template(),
                "Resources": {k: v for k, v in template().items() if k == "Resources"}["Resources"]
                | {"Database": {"Type": "AWS::SNS::Topic"}},
            },
        )
        s3 = home.client("s3")
        s3.put_object(Bucket=outputs["Bucket"], Key="k", Body=b"1")
        assert stacks.delete("gone") == "DELETE_FAILED"
        names = [b["Name"] for b in s3.list_buckets()["Buckets"]]
        assert outputs["Bucket"] in names
        assert outputs["Logs"] in names

    def test_empties_a_bucket_with_all_its_versions_when_the_template_says_so(self, home: Home, stacks: Stacks) -> None:
        outputs = stacks.put("emptied", auto_deleted("emptied-bucket"))
        s3 = home.client("s3")
        for body in (b"1", b"2"):
            s3.put_object(Bucket=outputs["Bucket"], Key="k", Body=body)
        s3.delete_object(Bucket=outputs["Bucket"], Key="k")
        assert stacks.delete("emptied") == "DELETE_COMPLETE", stacks.reason("emptied")
        assert outputs["Bucket"] not in [b["Name"] for b in s3.list_buckets()["Buckets"]]

    def test_refuses_a_workgroup_that_holds_queries_unless_told_to_delete_them(self, stacks: Stacks) -> None:
        def content(**more: Any) -> Template:
            query = {"Name": "q", "Database": "d", "QueryString": "select 1", "WorkGroup": {"Ref": "Group"}}
            group = {"Type": "AWS::Athena::WorkGroup", "Properties": {"Name": "held", **more}}
            return {
                "Resources": {"Group": group, "Query": {"Type": "AWS::Athena::NamedQuery", "DeletionPolicy": "Retain", "Properties": query}}
            }

        stacks.put("held", content())
        assert stacks.delete("held") == "DELETE_FAILED"
        assert "not empty" in stacks.reason("held")


def auto_deleted(name: str) -> Template:
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    may = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": role},
                "Action": ["s3:List*", "s3:DeleteObject*"],
                "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
            }
        ]
    }
    code = {
        "Handler": "index.handler",
        "Runtime": "python3.11",
        "Role": role,
        "Code": {"ZipFile": "def handler(event, context): raise ValueError"},
    }
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
        "Provider": {"Type": "AWS::Lambda::Function", "Properties": code},
        "Bucket": bucket(BucketName=name, LoggingConfiguration={}, BucketEncryption={}),
        "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": may}},
        "Emptied": {
            "Type": "Custom::S3AutoDeleteObjects",
            "DependsOn": ["Policy"],
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Provider", "Arn"]}, "BucketName": {"Ref": "Bucket"}},
        },
    }
    return {"Resources": resources, "Outputs": {"Bucket": {"Value": {"Ref": "Bucket"}}}}
