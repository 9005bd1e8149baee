"""What stands in a template is a real object, or it is refused; and whoever looks sees the end of what was asked."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Home, until
from tests.local.stacks import KEY_POLICY, Stacks, Template

LOGS_MAY = {
    "Effect": "Allow",
    "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
    "Resource": "*",
    "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:000000000000:log-group:*"}},
}


@pytest.fixture(scope="module")
def stacks(home: Home) -> Stacks:
    return Stacks(home)


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
