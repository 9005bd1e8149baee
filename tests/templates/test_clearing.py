"""What takes away the things that runs of models have made: there only with both keys, and called before anything of a model goes."""

import ast
from pathlib import Path

from stacks.parts import model_home
from stacks.parts.clearing import longer
from tests.functions import load
from tests.sagemaker_fake import FakeAws
from tests.templates.reading import Platform, role_statements, text

CODE = Path("lambda/train_clear_models/train_clear_models.py")
HERE = "<AWS::Region>:<AWS::AccountId>:"
GROUP = "lakemill-dev-segments"


def test_it_is_there_only_with_both_keys_and_so_is_the_tag_that_it_asks_for(
    optional: Platform, dev: Platform, prod: Platform, erased: Platform
) -> None:
    for platform in (optional, dev, prod):
        assert not platform.every("Custom::ModelLeftovers", none_is_fine=True)
        assert not [each for each in platform.every("AWS::IAM::Role") if "Clearing" in each.id]
        assert [each.properties.get("Tags") for each in platform.every("AWS::SageMaker::ModelPackageGroup")] == [None]
    [group] = erased.every("AWS::SageMaker::ModelPackageGroup")
    assert group.properties["Tags"] == [{"Key": load("train_clear_models").MARK, "Value": "true"}]
    assert load("train_clear_models").MARK == model_home.ERASE


def test_it_is_called_for_every_model_before_its_versions_its_role_or_its_own_rights_go(erased: Platform) -> None:
    groups = {each.id: each for each in erased.every("AWS::SageMaker::ModelPackageGroup")}
    calls = {each.properties["Group"]["Ref"]: each for each in erased.every("Custom::ModelLeftovers")}
    assert set(calls) == set(groups)
    policies = {each.id for each in erased.every("AWS::IAM::Policy") if each.id.startswith(("ClearingRole", "SegmentsRole"))}
    assert len(policies) == 2
    for id_, call in calls.items():
        assert call.properties["Name"] == groups[id_].properties["ModelPackageGroupName"]
        assert {id_, *policies} <= set(call.body["DependsOn"])


def test_the_function_has_the_longest_time_and_cloudformation_waits_a_little_longer(erased: Platform) -> None:
    found = erased.one("AWS::Lambda::Function", "Clearing").properties
    [call] = erased.every("Custom::ModelLeftovers")
    assert (found["Timeout"], call.properties["ServiceTimeout"]) == (900, "1200")
    assert (found["Runtime"], found["Architectures"], found["Handler"]) == ("python3.14", ["arm64"], "train_clear_models.handler")
    logs = erased.one("AWS::Logs::LogGroup", "Clearing")
    assert text(found["LoggingConfig"]["LogGroup"]) == f"<{logs.id}>"
    assert "DataKey" in text(logs.properties["KmsKeyId"])


def test_its_asset_holds_our_module_and_nothing_else(erased: Platform) -> None:
    [asset] = [each.parent for each in erased.folder.glob("asset.*/train_clear_models.py")]
    assert [each.name for each in asset.rglob("*")] == ["train_clear_models.py"]
    assert (asset / "train_clear_models.py").read_bytes() == CODE.read_bytes()
    for version in (11, 14):
        ast.parse(CODE.read_text(), feature_version=(3, version))


def test_its_role_removes_what_carries_the_names_of_models_and_nothing_else(erased: Platform) -> None:
    logs = erased.one("AWS::Logs::LogGroup", "Clearing")
    found = {
        action: sorted(each.replace("arn:<AWS::Partition>:", "").replace(HERE, "") for each in statement.resources)
        for statement in role_statements(erased, "ClearingRole")
        for action in statement.actions
    }
    everything = {
        action: found.pop(action) for action in list(found) if action.startswith("sagemaker:List") and action != "sagemaker:ListTags"
    }
    assert set(map(tuple, everything.values())) == {("*",)}
    assert found == {
        "logs:CreateLogStream": [f"<{logs.id}.Arn>"],
        "logs:PutLogEvents": [f"<{logs.id}.Arn>"],
        "sagemaker:StopTrainingJob": [f"sagemaker:training-job/{GROUP}-*"],
        "sagemaker:StopTransformJob": [f"sagemaker:transform-job/{GROUP}-*"],
        "sagemaker:DeleteEndpoint": [f"sagemaker:endpoint/{GROUP}", f"sagemaker:endpoint/{GROUP}-*"],
        "sagemaker:DeleteEndpointConfig": [f"sagemaker:endpoint-config/{GROUP}", f"sagemaker:endpoint-config/{GROUP}-*"],
        "sagemaker:DeleteModel": [f"sagemaker:model/{GROUP}", f"sagemaker:model/{GROUP}-*"],
        "sagemaker:DeleteModelPackage": [f"sagemaker:model-package/{GROUP}/*"],
        "sagemaker:ListTags": [f"sagemaker:model-package-group/{GROUP}"],
        "logs:DescribeLogStreams": [f"logs:log-group:/aws/sagemaker/{each}:*" for each in ("TrainingJobs", "TransformJobs")],
        "logs:DeleteLogStream": [
            f"logs:log-group:/aws/sagemaker/{each}:log-stream:{GROUP}-*" for each in ("TrainingJobs", "TransformJobs")
        ],
        "logs:DescribeLogGroups": ["logs:log-group:*"],
        "logs:DeleteLogGroup": [f"logs:log-group:/aws/sagemaker/Endpoints/{each}" for each in (f"{GROUP}-*", f"{GROUP}:*")],
    }


def test_its_role_may_do_what_its_code_calls_and_nothing_else(erased: Platform) -> None:
    aws, function = FakeAws(), load("train_clear_models")
    for kind in ("endpoint", "config", "model", "training", "transform"):
        aws.there[kind] = [GROUP]
    for kind, name in (("version", f"x:model-package/{GROUP}/1"), ("logs", f"/aws/sagemaker/Endpoints/{GROUP}")):
        aws.there[kind] = [name]
    aws.there["stream"] = [f"/aws/sagemaker/TrainingJobs|{GROUP}-1/a"]
    aws.states[GROUP] = "InProgress"
    function.clear({"Name": GROUP, "Group": GROUP}, client=aws.client, seconds=lambda: 900.0)
    assert aws.left == {}
    called = {f"{'logs' if 'Log' in each else 'sagemaker'}:{each}" for each in aws.calls}
    allowed = {action for each in role_statements(erased, "ClearingRole") for action in each.actions}
    assert allowed - called == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert called <= allowed


def test_a_model_whose_name_begins_with_anothers_keeps_its_own(erased: Platform) -> None:
    [call] = erased.every("Custom::ModelLeftovers")
    assert call.properties["Others"] == []
    assert longer("a-b", among=["a", "a-b", "a-bc", "a-b-c", "a-b-c-d"]) == ["a-b-c", "a-b-c-d"]
