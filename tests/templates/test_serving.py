"""An endpoint by setting: on instances isolated, encrypted and captured; serverless without what AWS refuses there; else not at all."""

from collections.abc import Iterator
from typing import Any

import pytest

from stacks.flows.sagemaker_calls import refusals
from tests.templates.reading import Platform, listed, text
from tests.templates.test_learning import states

VARIANT = {"VariantName": "v", "ModelName": "m"}
SERVERLESS = {**VARIANT, "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
IN_S3 = "s3://bucket/code.tar.gz"


def statements(platform: Platform, *, role: str) -> Iterator[tuple[list[str], list[str]]]:
    for policy in platform.every("AWS::IAM::Policy"):
        if policy.id.startswith(role):
            for each in policy.properties["PolicyDocument"]["Statement"]:
                yield listed(each["Action"]), [text(on) for on in listed(each["Resource"])]


def test_on_an_instance_the_model_is_isolated_and_what_is_captured_lies_under_the_key(optional: Platform) -> None:
    found = states(optional)
    model, config = (found[name]["Arguments"] for name in ("Make a model to serve", "Configure the endpoint"))
    assert model["EnableNetworkIsolation"] is True
    [variant] = config["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == ("ml.t2.medium", 1)
    capture = config["DataCaptureConfig"]
    assert (capture["EnableCapture"], capture["InitialSamplingPercentage"]) == (True, 20)
    assert capture["DestinationS3Uri"].endswith("/segments/captured")
    assert "DataKey" in config["KmsKeyId"]
    assert capture["KmsKeyId"] == config["KmsKeyId"]


def test_a_serverless_endpoint_has_nothing_that_aws_refuses_there(serverless: Platform) -> None:
    found = states(serverless)
    config = found["Configure the endpoint"]["Arguments"]
    assert found["Make a model to serve"]["Arguments"]["EnableNetworkIsolation"] is False
    assert config == {
        "EndpointConfigName": "{% $made %}",
        "ProductionVariants": [
            {"VariantName": "all", "ModelName": "{% $made %}", "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
        ],
    }
    assert found["Train"]["Arguments"]["EnableNetworkIsolation"] is found["Make the model"]["Arguments"]["EnableNetworkIsolation"] is True


@pytest.mark.parametrize(
    ("resource", "arguments", "said"),
    [
        ("sagemaker:createEndpointConfig", {"ProductionVariants": [SERVERLESS, SERVERLESS]}, "one variant, and here are 2"),
        ("sagemaker:createEndpointConfig", {"ProductionVariants": [SERVERLESS], "DataCaptureConfig": {}}, "no DataCaptureConfig"),
        ("sagemaker:createEndpointConfig", {"ProductionVariants": [SERVERLESS], "KmsKeyId": "k"}, "no KmsKeyId"),
        (
            "sagemaker:createTrainingJob.sync",
            {"EnableNetworkIsolation": True, "HyperParameters": {"sagemaker_submit_directory": f'"{IN_S3}"'}},
            f"can fetch its code from {IN_S3}",
        ),
        (
            "sagemaker:createModel",
            {"EnableNetworkIsolation": True, "PrimaryContainer": {"Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": IN_S3}}},
            f"can fetch its code from {IN_S3}",
        ),
    ],
)
def test_a_call_that_sagemaker_refuses_is_refused_at_synthesis(resource: str, arguments: dict[str, Any], said: str) -> None:
    [problem] = refusals(resource, arguments)
    assert said in problem


def test_calls_that_sagemaker_takes_are_made(optional: Platform, serverless: Platform) -> None:
    for platform in (optional, serverless):
        for each in states(platform).values():
            assert not list(refusals(each.get("Resource", ""), each.get("Arguments", {})))
    assert not list(refusals("sagemaker:createEndpointConfig", {"ProductionVariants": [VARIANT, VARIANT], "KmsKeyId": "k"}))
    in_s3 = {"PrimaryContainer": {"Environment": {"SAGEMAKER_SUBMIT_DIRECTORY": IN_S3}}}
    assert not list(refusals("sagemaker:createModel", {"EnableNetworkIsolation": False, **in_s3}))


def test_the_flow_may_change_one_endpoint_and_the_configurations_named_after_it(optional: Platform) -> None:
    about = [
        (actions, resources)
        for actions, resources in statements(optional, role="SegmentsRole")
        if any("Endpoint" in action for action in actions) and resources != ["*"]
    ]
    ends = {on.rpartition(":")[2] for _, resources in about for on in resources}
    assert ends == {"endpoint/lakemill-prod-segments", "endpoint-config/lakemill-prod-segments-*"}
    everywhere = {each for actions, resources in statements(optional, role="SegmentsRole") if resources == ["*"] for each in actions}
    assert {each for each in everywhere if "ndpoint" in each} == {"sagemaker:ListEndpoints"}


def test_the_models_role_may_write_the_endpoints_log_only_where_there_is_one(optional: Platform, serverless: Platform) -> None:
    groups = {
        env: {on.rpartition("log-group:")[2] for actions, resources in statements(platform, role="SegmentsRole") for on in resources
              if "logs:PutLogEvents" in actions}
        for env, platform in (("prod", optional), ("dev", serverless))
    }  # fmt: skip
    for env, found in groups.items():
        assert f"/aws/sagemaker/Endpoints/lakemill-{env}-segments:*" in found


def test_former_versions_are_removed_only_after_the_new_one_serves_and_new_ones_only_after_they_failed(optional: Platform) -> None:
    found = states(optional)
    ways = {each["Condition"]: each["Next"] for each in found["Does it serve the version?"]["Choices"]}
    assert ways["{% $state = 'InService' and $config = $made %}"] == "Is something left over?"
    assert [found[name]["Next"] for name in ("Drop the configuration", "Drop its model")] == ["Drop its model", "Is the version served?"]
    named = "{% ($state = 'InService' and $config = $made ? $former : $made) %}"
    assert found["Drop the configuration"]["Arguments"] == {"EndpointConfigName": named}
    assert found["Drop its model"]["Arguments"] == {"ModelName": named}
    served = found["Is the version served?"]
    assert (served["Choices"][0]["Next"], served["Default"]) == ("Summarise", "Notify of failure")


def test_an_endpoint_is_waited_for_with_an_end(optional: Platform) -> None:
    found = states(optional)
    waits = [each for each in found.values() if each["Type"] == "Wait"]
    assert [each["Seconds"] for each in waits] == [10, 10]
    for name in ("Does it serve the version?", "May it be changed?"):
        [again] = [each for each in found[name]["Choices"] if each["Next"].startswith("Wait")]
        assert "$looks < 240" in again["Condition"]
    assert all("$looks + 1" in found[name]["Assign"]["looks"] for name in ("Look at the endpoint", "Read the endpoint"))


def test_only_the_artefact_that_was_registered_is_mapped_and_served(optional: Platform) -> None:
    found = states(optional)
    assert found["Register"]["Arguments"]["CustomerMetadataProperties"]["artefact"] == "{% $sealed %}"
    for name, then in (("Look at the artefact", "Make the model"), ("Look at the artefact again", "Make a model to serve")):
        assert found[name]["Assign"]["intact"] == "{% $states.result.VersionId = $sealed %}"
        choice = found[found[name]["Next"]]
        assert [(each["Condition"], each["Next"]) for each in choice["Choices"]] == [("{% $intact %}", then)]
        assert choice["Default"] == "Notify of failure"
