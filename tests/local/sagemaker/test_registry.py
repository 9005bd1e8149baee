"""The model registry: versions, approval and what EventBridge hears of it."""

import json
from typing import Any

from tests.local.conftest import until
from tests.local.sagemaker.conftest import IMAGE, World, refusal


def package(world: World, group: str, **more: Any) -> str:
    containers = [{"Image": IMAGE, "ModelDataUrl": more.pop("artefact", f"s3://{world.bucket}/m.tar.gz")}]
    spec = {"Containers": containers, "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    return str(world.sagemaker.create_model_package(ModelPackageGroupName=group, InferenceSpecification=spec, **more)["ModelPackageArn"])


def group_of(world: World) -> str:
    name = world.name("group")
    world.sagemaker.create_model_package_group(ModelPackageGroupName=name, Tags=[{"Key": "a", "Value": "b"}])
    return name


def test_packages_are_numbered_in_their_group_and_approved_or_not(world: World) -> None:
    group = group_of(world)
    first = package(world, group, CustomerMetadataProperties={"snapshot": "7"})
    second = package(world, group, ModelApprovalStatus="Rejected", ClientToken="t1")
    assert package(world, group, ModelApprovalStatus="Rejected", ClientToken="t1") == second
    assert [first, second] == [f"arn:aws:sagemaker:eu-west-1:000000000000:model-package/{group}/{n}" for n in (1, 2)]
    world.sagemaker.update_model_package(
        ModelPackageArn=first, ModelApprovalStatus="Approved", ApprovalDescription="better", CustomerMetadataProperties={"by": "me"}
    )
    found = world.sagemaker.describe_model_package(ModelPackageName=first)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"], found["ModelPackageStatus"]) == ("Approved", "better", "Completed")
    assert found["CustomerMetadataProperties"] == {"snapshot": "7", "by": "me"}
    listed = world.sagemaker.list_model_packages(ModelPackageGroupName=group, SortOrder="Ascending")["ModelPackageSummaryList"]
    assert [(each["ModelPackageVersion"], each["ModelApprovalStatus"]) for each in listed] == [(1, "Approved"), (2, "Rejected")]
    approved = world.sagemaker.list_model_packages(ModelPackageGroupName=group, ModelApprovalStatus="Approved")
    assert [each["ModelPackageArn"] for each in approved["ModelPackageSummaryList"]] == [first]


def test_a_group_with_packages_stays_and_versions_are_never_given_twice(world: World) -> None:
    group = group_of(world)
    first = package(world, group)
    code, message = refusal(lambda: world.sagemaker.delete_model_package_group(ModelPackageGroupName=group))
    assert (code, first in message) == ("ConflictException", True)
    world.sagemaker.delete_model_package(ModelPackageName=first)
    assert package(world, group).endswith("/2")
    world.sagemaker.delete_model_package(ModelPackageName=f"{first[:-1]}2")
    world.sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    missing = f"ModelPackageGroup arn:aws:sagemaker:eu-west-1:000000000000:model-package-group/{group} does not exist."
    assert refusal(lambda: world.sagemaker.describe_model_package_group(ModelPackageGroupName=group)) == ("ValidationException", missing)
    assert refusal(lambda: package(world, group)) == ("ValidationException", missing)
    assert refusal(lambda: world.sagemaker.describe_model_package(ModelPackageName=first)) == (
        "ValidationException",
        f"ModelPackage {first} does not exist.",
    )


def test_eventbridge_hears_of_a_package_and_of_its_approval(world: World) -> None:
    events, sqs = world.home.client("events"), world.home.client("sqs")
    queue = sqs.create_queue(QueueName=world.name("heard"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    group, rule = group_of(world), world.name("rule")
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [group], "ModelApprovalStatus": ["Approved"]},
    }
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": arn}])
    made = package(world, group)
    world.sagemaker.update_model_package(ModelPackageArn=made, ModelApprovalStatus="Approved")
    heard = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))
    assert [json.loads(each["Body"])["detail"]["ModelPackageArn"] for each in heard] == [made]
    assert json.loads(heard[0]["Body"])["resources"] == [made]


def test_a_stack_keeps_a_group_with_packages_and_says_why(world: World) -> None:
    cloud, name = world.home.client("cloudformation"), world.name("grouped")
    group = {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {"ModelPackageGroupName": name}}
    cloud.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {"Group": group}}))
    until(lambda: status(cloud, name) == "CREATE_COMPLETE", seconds=120, every=0.1)
    version = package(world, name)
    cloud.delete_stack(StackName=name)
    until(lambda: status(cloud, name) == "DELETE_FAILED", seconds=120, every=0.1)
    reasons = [each.get("ResourceStatusReason", "") for each in cloud.describe_stack_events(StackName=name)["StackEvents"]]
    assert any("still contains Model Packages" in each and version in each for each in reasons)
    assert len(world.sagemaker.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"]) == 1
    world.sagemaker.delete_model_package(ModelPackageName=version)
    cloud.delete_stack(StackName=name)
    until(lambda: name not in [each["ModelPackageGroupName"] for each in groups(world, name)], seconds=120, every=0.1)


def status(cloud: Any, name: str) -> str:
    return str(cloud.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def groups(world: World, name: str) -> Any:
    return world.sagemaker.list_model_package_groups(NameContains=name)["ModelPackageGroupSummaryList"]
