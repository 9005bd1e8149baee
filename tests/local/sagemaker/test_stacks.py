"""SageMaker's types in stacks: made, changed without a gap, replaced and taken away."""

import json
from typing import Any

from tests.local.conftest import until
from tests.local.sagemaker.conftest import IMAGE, World, refusal, tar
from tests.local.sagemaker.test_endpoints import CODE, INSTANCE, SAYS


def template(world: World, says: str, **more: Any) -> str:
    artefact = world.put(f"stacks/{says}.tar.gz", tar({"model.json": json.dumps(says), "code/serve.py": SAYS}))
    container = {"Image": IMAGE, "ModelDataUrl": artefact, "Environment": CODE}
    variant = {"VariantName": "all", "ModelName": {"Fn::GetAtt": ["StackedModel", "ModelName"]}, "InitialVariantWeight": 1, **INSTANCE}
    parts = {
        "Group": ("ModelPackageGroup", {"ModelPackageGroupName": more.pop("group", "stacked"), **more.pop("of_group", {})}),
        "StackedModel": ("Model", {"ExecutionRoleArn": world.role, "PrimaryContainer": container, "EnableNetworkIsolation": "true"}),
        "StackedConfig": ("EndpointConfig", {"ProductionVariants": [variant]}),
        "Endpoint": (
            "Endpoint",
            {"EndpointName": "stacked", "EndpointConfigName": {"Fn::GetAtt": ["StackedConfig", "EndpointConfigName"]}},
        ),
    }
    resources = {name: {"Type": f"AWS::SageMaker::{kind}", "Properties": properties} for name, (kind, properties) in parts.items()}
    return json.dumps(
        {"Resources": resources, "Outputs": {"Model": {"Value": {"Ref": "StackedModel"}}, "Group": {"Value": {"Ref": "Group"}}}}
    )


def ended(world: World) -> dict[str, Any]:
    cloud = world.home.client("cloudformation")
    look = lambda: not (one := cloud.describe_stacks(StackName="ml")["Stacks"][0])["StackStatus"].endswith("PROGRESS") and one  # noqa: E731
    return dict(until(look, seconds=60, every=0.1))


def test_a_stack_serves_a_model_changes_it_and_takes_all_away(world: World) -> None:
    cloud, runtime = world.home.client("cloudformation"), world.home.client("sagemaker-runtime")
    cloud.create_stack(StackName="ml", TemplateBody=template(world, "one"))
    made = ended(world)
    assert made["StackStatus"] == "CREATE_COMPLETE", made.get("StackStatusReason")
    outputs = {each["OutputKey"]: each["OutputValue"] for each in made["Outputs"]}
    assert outputs["Group"] == "arn:aws:sagemaker:eu-west-1:000000000000:model-package-group/stacked"
    first = outputs["Model"]

    def says() -> Any:
        return json.loads(runtime.invoke_endpoint(EndpointName="stacked", Body=b"x")["Body"].read())["says"]

    assert says() == "one"
    cloud.update_stack(StackName="ml", TemplateBody=template(world, "two"))
    changed = ended(world)
    assert changed["StackStatus"] == "UPDATE_COMPLETE", changed.get("StackStatusReason")
    assert says() == "two"
    names = [each["ModelArn"] for each in world.sagemaker.list_models(NameContains="StackedModel-")["Models"]]
    assert (len(names), first in names) == (1, False)
    described = {"of_group": {"ModelPackageGroupDescription": "another"}}
    cloud.update_stack(StackName="ml", TemplateBody=template(world, "two", **described))
    refused = ended(world)
    assert refused["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [each.get("ResourceStatusReason", "") for each in cloud.describe_stack_events(StackName="ml")["StackEvents"]]
    assert any("custom-named resource requires replacing" in each for each in reasons)
    cloud.delete_stack(StackName="ml")
    until(lambda: not cloud.list_stack_resources(StackName="ml")["StackResourceSummaries"] or refusal_of_stack(cloud), seconds=60)
    for describe in (
        lambda: world.sagemaker.describe_endpoint(EndpointName="stacked"),
        lambda: world.sagemaker.describe_model_package_group(ModelPackageGroupName="stacked"),
    ):
        assert refusal(describe)[0] == "ValidationException"
    assert world.sagemaker.list_models(NameContains="StackedModel-")["Models"] == []
    assert world.sagemaker.list_endpoint_configs(NameContains="StackedConfig-")["EndpointConfigs"] == []


def refusal_of_stack(cloud: Any) -> bool:
    stacks = cloud.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    return any(each["StackName"] == "ml" for each in stacks)
