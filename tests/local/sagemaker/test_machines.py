"""State machines and SageMaker: its integrations, SDK integrations for the registry, the names of errors, and stopping."""

import json
from typing import Any

from tests.local.conftest import allow, until
from tests.local.sagemaker.conftest import IMAGE, World
from tests.local.sagemaker.test_endpoints import INSTANCE, model, variant
from tests.local.sagemaker.test_training import WAITS

REGISTRY = allow(
    "sagemaker:CreateModelPackage", "sagemaker:UpdateModelPackage", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"
)

TRAINING = allow("sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob", "iam:PassRole")


def task(resource: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, **more}


def chain(**states: dict[str, Any]) -> dict[str, Any]:
    """A definition of these states, one after the other."""
    names = list(states)
    ends = [{"Next": following} for following in names[1:]] + [{"End": True}]
    return {"StartAt": names[0], "States": {name: {**end, **states[name]} for name, end in zip(names, ends, strict=True)}}


def started(world: World, definition: dict[str, Any], *rights: dict[str, Any]) -> str:
    """The execution of a machine whose role has these rights."""
    states = world.home.client("stepfunctions")
    role = world.new_role("machine", *rights, service="states.amazonaws.com")
    machine = states.create_state_machine(name=world.name("machine"), roleArn=role, definition=json.dumps(definition))["stateMachineArn"]
    return str(states.start_execution(stateMachineArn=machine)["executionArn"])


def ended(world: World, execution: str) -> dict[str, Any]:
    states = world.home.client("stepfunctions")

    def look() -> Any:
        found = states.describe_execution(executionArn=execution)
        return found["status"] != "RUNNING" and found

    return dict(until(look, seconds=60, every=0.05))


def test_a_package_is_registered_approved_and_described_by_sdk_integrations(world: World) -> None:
    group = world.name("group")
    world.sagemaker.create_model_package_group(ModelPackageGroupName=group)
    containers = [{"Image": IMAGE, "ModelDataUrl": "s3://b/m.tar.gz"}]
    spec = {"Containers": containers, "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    definition = chain(
        Register=task("aws-sdk:sagemaker:createModelPackage", {"ModelPackageGroupName": group, "InferenceSpecification": spec}),
        Approve=task("aws-sdk:sagemaker:updateModelPackage", {"ModelPackageArn.$": "$.ModelPackageArn", "ModelApprovalStatus": "Approved"}),
        Look=task("aws-sdk:sagemaker:describeModelPackage", {"ModelPackageName.$": "$.ModelPackageArn"}, ResultPath="$.found"),
        List=task("aws-sdk:sagemaker:listModelPackages", {"ModelPackageGroupName": group}, ResultPath="$.listed"),
    )
    done = ended(world, started(world, definition, REGISTRY))
    assert done["status"] == "SUCCEEDED", done.get("cause")
    output = json.loads(done["output"])
    assert (output["found"]["ModelApprovalStatus"], output["found"]["ModelPackageVersion"]) == ("Approved", 1)
    assert output["found"]["CreationTime"].endswith("Z")
    assert [each["ModelPackageArn"] for each in output["listed"]["ModelPackageSummaryList"]] == [output["ModelPackageArn"]]


def test_an_endpoint_is_made_by_integrations(world: World) -> None:
    of, config, name = model(world, "machine"), world.name("config"), world.name("endpoint")
    definition = chain(
        Configure=task("sagemaker:createEndpointConfig", {"EndpointConfigName": config, "ProductionVariants": [variant(of)]}),
        Serve=task("sagemaker:createEndpoint", {"EndpointName": name, "EndpointConfigName": config}),
    )
    rights = allow("sagemaker:CreateEndpointConfig", "sagemaker:CreateEndpoint")
    done = ended(world, started(world, definition, rights))
    assert done["status"] == "SUCCEEDED", done.get("cause")
    found = until(lambda: (one := world.sagemaker.describe_endpoint(EndpointName=name))["EndpointStatus"] != "Creating" and one)
    assert found["EndpointArn"] == json.loads(done["output"])["EndpointArn"]
    assert found["ProductionVariants"][0]["CurrentInstanceCount"] == INSTANCE["InitialInstanceCount"]
    world.sagemaker.delete_endpoint(EndpointName=name)


def test_errors_have_the_names_that_step_functions_gives_them(world: World) -> None:
    rights = allow("sagemaker:CreateTrainingJob", "sagemaker:DescribeModelPackage"), allow("iam:PassRole")
    asked = world.job("")
    world.sagemaker.create_training_job(**asked)
    for definition, error in (
        (chain(Train=task("sagemaker:createTrainingJob", asked)), "SageMaker.ResourceInUseException"),
        (chain(Train=task("sagemaker:createTrainingJob", {**asked, "TrainingJobName": "a_b"})), "SageMaker.AmazonSageMakerException"),
        (chain(Score=task("sagemaker:createModel", {"ModelName": "m"})), "SageMaker.AmazonSageMakerException"),
        (chain(Look=task("aws-sdk:sagemaker:describeModelPackage", {"ModelPackageName": "a/1"})), "SageMaker.SageMakerException"),
    ):
        done = ended(world, started(world, definition, *rights))
        assert (done["status"], done["error"]) == ("FAILED", error), done.get("cause")
    world.ended(asked["TrainingJobName"])


def test_a_stopped_execution_stops_its_job(world: World) -> None:
    asked = world.job(WAITS)
    execution = started(world, chain(Train=task("sagemaker:createTrainingJob.sync", asked)), TRAINING, allow("sagemaker:AddTags"))
    until(lambda: world.sagemaker.list_training_jobs(NameContains=asked["TrainingJobName"])["TrainingJobSummaries"])
    world.home.client("stepfunctions").stop_execution(executionArn=execution)
    assert world.ended(asked["TrainingJobName"])["TrainingJobStatus"] == "Stopped"


def test_a_job_that_is_waited_for_is_tagged_and_only_by_who_may(world: World) -> None:
    asked = world.job("")
    definition = chain(Train=task("sagemaker:createTrainingJob.sync", asked))
    refused = ended(world, started(world, definition, TRAINING))
    assert refused["status"] == "FAILED"
    job = f"arn:aws:sagemaker:eu-west-1:000000000000:training-job/{asked['TrainingJobName']}"
    assert f"sagemaker:AddTags on resource: {job}" in refused["cause"]
    done = ended(world, started(world, definition, TRAINING, allow("sagemaker:AddTags")))
    assert done["status"] == "SUCCEEDED", done.get("cause")
    assert world.sagemaker.list_tags(ResourceArn=job)["Tags"] == [{"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}]


def test_sdk_integrations_find_endpoints_and_the_version_of_an_object(world: World) -> None:
    world.s3.put_bucket_versioning(Bucket=world.bucket, VersioningConfiguration={"Status": "Enabled"})
    key = f"{world.name('object')}.tar.gz"
    version = world.s3.put_object(Bucket=world.bucket, Key=key, Body=b"x")["VersionId"]
    definition = chain(
        Look=task("aws-sdk:s3:headObject", {"Bucket": world.bucket, "Key": key}, ResultPath="$.looked"),
        List=task("aws-sdk:sagemaker:listEndpoints", {"NameContains": "nobody-has-this-name"}, ResultPath="$.listed"),
    )
    rights = allow("s3:GetObject", on=f"arn:aws:s3:::{world.bucket}/*"), allow("sagemaker:ListEndpoints")
    done = ended(world, started(world, definition, *rights))
    assert done["status"] == "SUCCEEDED", done.get("cause")
    output = json.loads(done["output"])
    assert (output["looked"]["VersionId"], output["listed"]["Endpoints"]) == (version, [])
    may_not = ended(world, started(world, definition, rights[1]))
    assert (may_not["status"], may_not["error"].startswith("S3.")) == ("FAILED", True)
