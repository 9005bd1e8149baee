"""CloudFormation at home: what a template says is what stands, also after an update, and only that goes on deletion."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Home, until

Template = dict[str, Any]
KEY_POLICY = {
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "kms:*", "Resource": "*"}],
}
LOGS_MAY = {
    "Effect": "Allow",
    "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
    "Resource": "*",
    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:000000000000:log-group:*"}},
}


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


class Stacks:
    def __init__(self, home: Home) -> None:
        self.client = home.client("cloudformation")

    def put(self, name: str, content: Template) -> dict[str, str]:
        arguments = {"StackName": name, "TemplateBody": json.dumps(content), "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        known = [s["StackName"] for s in self.client.describe_stacks()["Stacks"]]
        (self.client.update_stack if name in known else self.client.create_stack)(**arguments)
        stack = self.wait(name)
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), self.reason(name)
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}

    def wait(self, name: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            stack: dict[str, Any] = self.client.describe_stacks(StackName=name)["Stacks"][0]
            return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

        return dict(until(look))

    def reason(self, name: str) -> str:
        events = self.client.describe_stack_events(StackName=name)["StackEvents"]
        return "; ".join(e.get("ResourceStatusReason", "") for e in events if "FAILED" in e["ResourceStatus"])

    def delete(self, name: str) -> str:
        identifier = self.client.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.client.delete_stack(StackName=name)
        return str(self.wait(identifier)["StackStatus"])


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


class TestTypes:
    def test_a_type_that_would_do_nothing_is_refused_before_anything_is_made(self, stacks: Stacks) -> None:
        content = {
            "Resources": {
                "T": {"Type": "AWS::SNS::Topic"},
                "C": {"Type": "AWS::Glue::Trigger", "Properties": {"Type": "ON_DEMAND", "Actions": []}},
            }
        }
        with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::Glue::Trigger\]"):
            stacks.put("crawled", content)

    def test_a_named_query_and_a_security_configuration_are_real_objects(self, home: Home, stacks: Stacks) -> None:
        group = {"Type": "AWS::Athena::WorkGroup", "Properties": {"Name": "named", "RecursiveDeleteOption": True}}
        query = {
            "Type": "AWS::Athena::NamedQuery",
            "DependsOn": "Group",
            "Properties": {"Name": "q", "Database": "d", "QueryString": "select 1", "WorkGroup": "named"},
        }
        security = {
            "Type": "AWS::Glue::SecurityConfiguration",
            "Properties": {"Name": "sec", "EncryptionConfiguration": {"S3Encryptions": [{"S3EncryptionMode": "DISABLED"}]}},
        }
        stacks.put("objects", {"Resources": {"Group": group, "Query": query, "Security": security}})
        assert len(home.client("athena").list_named_queries(WorkGroup="named")["NamedQueryIds"]) == 1
        assert home.client("glue").get_security_configuration(Name="sec")["SecurityConfiguration"]["Name"] == "sec"
        assert stacks.delete("objects") == "DELETE_COMPLETE"
        assert "named" not in [w["Name"] for w in home.client("athena").list_work_groups()["WorkGroups"]]

    def test_a_budget_stands_with_its_stack_and_one_that_aws_refuses_is_refused(self, stacks: Stacks) -> None:
        def content(**budget: Any) -> Template:
            asked = {"BudgetName": "month", "BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetLimit": {"Amount": 50, "Unit": "USD"}}
            resource = {"Type": "AWS::Budgets::Budget", "Properties": {"Budget": {**asked, **budget}}}
            return {"Resources": {"Month": resource}, "Outputs": {"Name": {"Value": {"Ref": "Month"}}}}

        assert stacks.put("budget", content())["Name"] == "month"
        assert stacks.put("budget", content(BudgetLimit={"Amount": 60, "Unit": "USD"}))["Name"] == "month"
        assert stacks.delete("budget") == "DELETE_COMPLETE"
        with pytest.raises(AssertionError, match="TimeUnit is 'WEEKLY'; allowed is one of ANNUALLY"):
            stacks.put("weekly", content(TimeUnit="WEEKLY"))
        with pytest.raises(AssertionError, match="it takes an Amount above 0"):
            stacks.put("nothing", content(BudgetLimit={"Amount": 0, "Unit": "USD"}))

    def test_an_encrypted_log_group_needs_a_key_that_lets_the_service_use_it(self, stacks: Stacks) -> None:
        def content(*statements: Template) -> Template:
            policy = {"Statement": [*KEY_POLICY["Statement"], *statements]}
            key = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": policy}}
            return {
                "Resources": {
                    "Key": key,
                    "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
                }
            }

        with pytest.raises(AssertionError, match="is not allowed to be used"):
            stacks.put("sealed", content())
        stacks.put("opened", content(LOGS_MAY))

    def test_a_job_changed_in_the_template_is_the_job_that_runs_next(
        self, home: Home, stacks: Stacks, make_role: Callable[..., str]
    ) -> None:
        role = make_role("stacked-job")

        def content(script: str, most: int) -> Template:
            properties = {
                "Role": role,
                "GlueVersion": "5.1",
                "Command": {"Name": "glueetl", "ScriptLocation": script},
                "ExecutionProperty": {"MaxConcurrentRuns": most},
            }
            return {
                "Resources": {"Job": {"Type": "AWS::Glue::Job", "Properties": properties}},
                "Outputs": {"Job": {"Value": {"Ref": "Job"}}},
            }

        name = stacks.put("job", content("s3://a/1.py", 2))["Job"]
        assert stacks.put("job", content("s3://a/2.py", 3))["Job"] == name
        job = home.client("glue").get_job(JobName=name)["Job"]
        assert job["Command"]["ScriptLocation"] == "s3://a/2.py"
        assert job["ExecutionProperty"]["MaxConcurrentRuns"] == 3


def test_who_looks_as_soon_as_a_short_operation_is_answered_sees_its_end(home: Home) -> None:
    """The CDK does, and looks again only after five seconds. Groups of packages are made by a thread, which asks the home itself."""
    client = home.client("cloudformation")
    group = {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {"ModelPackageGroupName": "short"}}
    named = {"StackName": "short", "ChangeSetName": "first"}
    client.create_change_set(**named, ChangeSetType="CREATE", TemplateBody=json.dumps({"Resources": {"Group": group}}))
    until(lambda: client.describe_change_set(**named)["Status"] == "CREATE_COMPLETE")
    client.execute_change_set(**named)
    [made] = client.describe_stacks(StackName="short")["Stacks"]
    assert made["StackStatus"] == "CREATE_COMPLETE"
    client.delete_stack(StackName="short")
    assert client.describe_stacks(StackName=made["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
