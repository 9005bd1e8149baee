"""The end of a platform that has learned: with both keys nothing of it is left, without them all is. It ends the platform it shares."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from lakemill.samples import sample
from tests.flows.learned import RETAIL, Learned
from tests.flows.platform import Platform

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_only")]

GROUP = "lakemill-dev-segments"
FOREIGN = "other-lakemill-dev-segments"
LISTS = {
    "list_models": ("Models", "ModelName"),
    "list_endpoint_configs": ("EndpointConfigs", "EndpointConfigName"),
    "list_endpoints": ("Endpoints", "EndpointName"),
    "list_model_package_groups": ("ModelPackageGroupSummaryList", "ModelPackageGroupName"),
}


def left(platform: Platform) -> dict[str, list[str]]:
    """Whatever has the environment in its name or, as tables and streams, in the name of what holds it."""
    sagemaker = platform.client("sagemaker", root=True)
    found = {call: _names(sagemaker, call, *where) for call, where in LISTS.items()}
    found["keyspaces"] = _names(platform.client("keyspaces", root=True), "list_keyspaces", "keyspaces", "keyspaceName")
    found["buckets"] = [each["Name"] for each in platform.client("s3", root=True).list_buckets()["Buckets"]]
    found["databases"] = _names(platform.client("glue", root=True), "get_databases", "DatabaseList", "Name")
    logs = platform.client("logs", root=True)
    found["log groups"] = _names(logs, "describe_log_groups", "logGroups", "logGroupName")
    found["log streams"] = [
        f"{group} {stream}"
        for group in found["log groups"]
        if "sagemaker" in group
        for stream in _names(logs, "describe_log_streams", "logStreams", "logStreamName", logGroupName=group)
    ]
    ours = {kind: [name for name in names if _ours(name)] for kind, names in found.items()}
    return {kind: names for kind, names in ours.items() if names}


def _ours(name: str) -> bool:
    return any(word in name for word in ("lakemill-dev", "lakemill_dev", "lakemill/dev", "aws-glue"))


def _names(client: Any, call: str, member: str, name: str, **asked: str) -> list[str]:
    return [each[name] for page in client.get_paginator(call).paginate(**asked) for each in page[member]]


@pytest.fixture
def serving(learned: Learned) -> Iterator[Learned]:
    """An endpoint with the live version, made by hand under the model's name; and a model with a name of its own."""
    sagemaker = learned.platform.client("sagemaker", root=True)
    newest = sagemaker.list_model_packages(ModelPackageGroupName=GROUP, ModelApprovalStatus="Approved")["ModelPackageSummaryList"][0]
    role = learned.platform.client("iam", root=True).list_roles()["Roles"]
    [own] = [each["Arn"] for each in role if "SegmentsRole" in each["RoleName"] and "-train-" in each["RoleName"]]
    for name in (f"{GROUP}-mine", FOREIGN):
        sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=own,
            PrimaryContainer={"ModelPackageName": newest["ModelPackageArn"]},
            EnableNetworkIsolation=True,
        )
    variant = {"VariantName": "all", "ModelName": f"{GROUP}-mine", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(EndpointConfigName=f"{GROUP}-mine", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=f"{GROUP}-mine", EndpointConfigName=f"{GROUP}-mine")
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=f"{GROUP}-mine", WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    logs = learned.platform.client("logs", root=True)
    for name in (f"{GROUP}-mine", FOREIGN):
        with suppress(logs.exceptions.ResourceAlreadyExistsException):  # the role of a model may not, today
            logs.create_log_group(logGroupName=f"/aws/sagemaker/Endpoints/{name}")
    logs.create_log_stream(logGroupName="/aws/sagemaker/TransformJobs", logStreamName=f"{FOREIGN}/1")
    yield learned
    sagemaker.delete_model(ModelName=FOREIGN)


def test_with_both_keys_nothing_is_left_and_it_can_be_deployed_again(serving: Learned) -> None:
    platform = serving.platform
    assert {*LISTS, "keyspaces", "buckets", "databases", "log groups", "log streams"} == set(left(platform))
    assert "lakemill_dev" in serving.spaces()
    platform.deploy("-c", "erase=dev")
    platform.destroy("-c", "erase=dev")
    assert platform.stacks("-dev-") == []
    assert left(platform) == {
        "list_models": [FOREIGN],
        "log groups": [f"/aws/sagemaker/Endpoints/{FOREIGN}"],
        "log streams": [f"/aws/sagemaker/TransformJobs {FOREIGN}/1"],
    }
    assert "lakemill_dev" not in serving.spaces()
    platform.deploy()
    assert serving.table(RETAIL.wide()) == []


def test_without_the_keys_or_with_keys_turned_back_versions_tables_and_rows_are_kept_and_listed(learned: Learned) -> None:
    """After the test before this one the platform is empty."""
    platform = learned.platform
    sagemaker = platform.client("sagemaker", root=True)
    platform.mill("load", "retail", *sample("retail", platform.home.parent / "few", rows=50, files=1, seed=6).files)
    bucket = platform.output("storage", "ModelsBucket")
    image = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.9-0-cpu-py3"
    container = {"Image": image, "ModelDataUrl": f"s3://{bucket}/model.tar.gz"}
    how = {"Containers": [container], "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    sagemaker.create_model_package(ModelPackageGroupName=GROUP, InferenceSpecification=how)
    rows = learned.table(RETAIL.wide())
    kept = {each for stage in ("storage", "train") for each in platform.output(stage, "KeptOnDestroy").split(", ")}
    assert {"lakemill_dev", "lakemill_dev.online_retail", GROUP, bucket} <= kept
    for keys in (("-c", "erase=dev"), ()):
        platform.mill("cdk", "deploy", "lakemill-dev-train", "--exclusively", "--require-approval", "never", *keys)
    platform.destroy()
    assert platform.stacks("-dev-") == []
    assert len(rows) > 0
    assert sorted(learned.table(RETAIL.wide())) == sorted(rows)
    assert len(sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]) == 1
