"""What SageMaker refuses when it is asked: shapes, names, images, roles that may not be passed or taken."""

from typing import Any

import pytest

from tests.local.conftest import allow
from tests.local.sagemaker.conftest import IMAGE, World, refusal

HERE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com"


def asked(world: World, **more: Any) -> tuple[str, str]:
    request = world.job("", **more)
    return refusal(lambda: world.sagemaker.create_training_job(**request))


def test_shapes_are_checked_as_the_service_model_says(world: World) -> None:
    name = r"Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    assert asked(world, TrainingJobName="a_b") == (
        "ValidationException",
        f"1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: {name}",
    )
    code, message = asked(world, algorithm={"TrainingInputMode": "Fast", "MetricDefinitions": [{"Name": "m", "Regex": "x" * 501}]})
    assert (code, message.startswith("2 validation errors detected: Value 'Fast' at 'algorithmSpecification.trainingInputMode'")) == (
        "ValidationException",
        True,
    )
    assert (
        "at 'algorithmSpecification.metricDefinitions.1.member.regex' failed to satisfy constraint: Member must have length less" in message
    )
    assert "enum value set: [Pipe, File, FastFile]" in message


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (f"{HERE}/kmeans:1", "the built-in algorithm kmeans, a closed image"),
        (f"{HERE}/sagemaker-scikit-learn:1.2-1-cpu-py3", "it runs 141502667606.dkr.ecr.eu-west-1"),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3", "Cannot pull image"),
        ("ubuntu:latest", "it runs scripts of the scikit-learn framework"),
    ],
)
def test_images_that_nobody_can_run_here_are_refused(world: World, image: str, said: str) -> None:
    code, message = asked(world, algorithm={"TrainingImage": image})
    assert (code, said in message) == ("ValidationException", True), message


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}}, "2 instances"),
        ({"CheckpointConfig": {"S3Uri": "s3://b/c"}}, "CheckpointConfig"),
        ({"algorithm": {"TrainingInputMode": "Pipe"}}, "input mode Pipe"),
        ({"algorithm": {"ContainerEntrypoint": ["python3"]}}, "ContainerEntrypoint"),
        ({"algorithm": {"MetricDefinitions": [{"Name": "m", "Regex": "("}]}}, "Invalid metric definition 'm'"),
        (
            {"channels": [{"ChannelName": "code", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b"}}}]},
            "['code']",
        ),
    ],
)
def test_jobs_that_aws_or_the_home_cannot_do_are_refused(world: World, more: dict[str, Any], said: str) -> None:
    code, message = asked(world, **more)
    assert (code, said in message) == ("ValidationException", True), message


def test_a_role_must_be_passed_by_who_may_and_taken_by_sagemaker(world: World) -> None:
    rights = allow("sagemaker:CreateTrainingJob", on="arn:aws:sagemaker:*:*:training-job/job-*")
    request = world.job("")
    may_not = world.home.as_role("sagemaker", world.new_role("starter", rights))
    code, message = refusal(lambda: may_not.create_training_job(**request))
    assert (code, f"not authorized to perform: iam:PassRole on resource: {world.role}" in message) == ("AccessDeniedException", True)
    elsewhere = {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}
    to_glue = world.new_role("starter", rights, {**allow("iam:PassRole", on=world.role), "Condition": elsewhere})
    assert refusal(lambda: world.home.as_role("sagemaker", to_glue).create_training_job(**request))[0] == "AccessDeniedException"
    may = world.home.as_role("sagemaker", world.new_role("starter", rights, allow("iam:PassRole", on=world.role)))
    code, message = refusal(lambda: may.create_training_job(**request, Tags=[{"Key": "a", "Value": "b"}]))
    assert (code, "sagemaker:AddTags on resource: arn:aws:sagemaker" in message) == ("AccessDeniedException", True)
    code, message = refusal(lambda: may.describe_training_job(TrainingJobName=request["TrainingJobName"]))
    assert (code, "sagemaker:DescribeTrainingJob" in message) == ("AccessDeniedException", True)
    may.create_training_job(**request)
    world.ended(request["TrainingJobName"])
    again = refusal(lambda: world.sagemaker.create_training_job(**request))
    assert (again[0], "already exists (arn:aws:sagemaker:eu-west-1:000000000000:training-job/" in again[1]) == ("ResourceInUse", True)
    closed = world.new_role("closed", service="glue.amazonaws.com")
    said = "Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role."
    assert asked(world, RoleArn=closed) == ("ValidationException", f"Could not assume role {closed}. {said}")


def test_what_is_not_there_is_said_as_aws_says_it(world: World) -> None:
    sagemaker = world.sagemaker
    gone = ("ValidationException", "Requested resource not found.")
    assert refusal(lambda: sagemaker.describe_training_job(TrainingJobName="gone")) == gone
    assert refusal(lambda: sagemaker.stop_training_job(TrainingJobName="gone")) == gone
    assert refusal(lambda: sagemaker.describe_transform_job(TransformJobName="gone")) == gone
    code, message = refusal(lambda: sagemaker.create_processing_job(**processing(world)))
    assert (code, "no operation CreateProcessingJob" in message) == ("UnknownOperationException", True)


def processing(world: World) -> dict[str, Any]:
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    return {
        "ProcessingJobName": "p",
        "RoleArn": world.role,
        "AppSpecification": {"ImageUri": IMAGE},
        "ProcessingResources": {"ClusterConfig": cluster},
    }


def test_jobs_are_listed_page_by_page(world: World) -> None:
    names = [world.job("")["TrainingJobName"] for _ in range(2)]
    for name in names:
        world.sagemaker.create_training_job(**{**world.job("raise SystemExit"), "TrainingJobName": f"listed-{name}"})
    first = world.sagemaker.list_training_jobs(NameContains="listed-", MaxResults=1, SortBy="Name", SortOrder="Ascending")
    second = world.sagemaker.list_training_jobs(
        NameContains="listed-", MaxResults=1, SortBy="Name", SortOrder="Ascending", NextToken=first["NextToken"]
    )
    found = [each["TrainingJobName"] for part in (first, second) for each in part["TrainingJobSummaries"]]
    assert found == sorted(f"listed-{name}" for name in names)
    assert "NextToken" not in second
    for name in names:
        assert world.ended(f"listed-{name}")["TrainingJobStatus"] == "Completed"
