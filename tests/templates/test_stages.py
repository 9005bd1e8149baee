"""What holds for all stages together: their order, their names, what they hand on."""

import re

from stacks.stage import ORDER
from tests.templates.reading import Platform, masked, text

NAMES = ("BucketName", "TopicName", "QueueName", "RoleName", "ManagedPolicyName", "LogGroupName", "StateMachineName", "Name", "AliasName")


def test_stages_stand_in_the_order_in_which_data_flows(platform: Platform) -> None:
    assert tuple(platform.templates) == ORDER


def test_a_stage_needs_only_stages_before_it(platform: Platform) -> None:
    for stage, needed in platform.needs.items():
        later = needed & set(ORDER[ORDER.index(stage) :])
        assert not later, f"{stage} needs {later}"
    assert platform.needs["flows"] >= {"storage", "catalog", "process", "query", "train"}
    assert platform.needs["train"] == {"storage", "catalog"}


def test_references_between_stages_are_strong(platform: Platform) -> None:
    written = str(platform.templates)
    assert "Fn::ImportValue" in written
    assert "Fn::GetStackOutput" not in written


def test_exports_are_these_and_no_others(dev: Platform, snapshot: object) -> None:
    assert sorted(dev.exports()) == snapshot


def test_outputs_are_those_the_command_line_reads(platform: Platform) -> None:
    expected = {
        "storage": {
            "RawBucket", "CleanedBucket", "CuratedBucket", "QuarantineBucket", "ModelsBucket", "ResultsBucket", "LogsBucket", "Keyspace",
        },
        "catalog": {"RawDatabase", "CleanedDatabase", "CuratedDatabase", "QuarantineDatabase", "CrawlerCalls", "CrawlerCarriers"},
        "process": {"CleanJob", "CurateJob", "MaintainJob", "JobLogGroup"},
        "query": {"Workgroup"},
        "train": {"ExportJob", "KeepJob"},
        "flows": {"NoticeTopic", "FlowCalls", "FlowMaintenance", "FlowSegments"},
        "observe": set(),
    }  # fmt: skip
    assert {stage: set(platform.outputs(stage)) - {"KeptOnDestroy"} for stage in ORDER} == expected


def physical_names(platform: Platform) -> set[str]:
    found = set()
    for template in platform.templates.values():
        for body in template["Resources"].values():
            if body["Type"] == "AWS::Athena::NamedQuery" or body["Type"].startswith("Custom::"):
                continue  # names of questions live inside their workgroup; custom resources only mention buckets
            properties = body.get("Properties", {})
            found |= {text(properties[name]) for name in NAMES if name in properties}
            found |= {text(properties["DatabaseInput"]["Name"])} if "DatabaseInput" in properties else set()
    # A reference stands for a name that CloudFormation makes, out of the stack's and by chance.
    return {re.sub(r"<(?!AWS::)", f"<{platform.env}:", name) for name in found}


def test_dev_and_prod_share_no_physical_name(dev: Platform, prod: Platform) -> None:
    names = physical_names(dev), physical_names(prod)
    assert all(len(each) > 5 for each in names)
    assert not names[0] & names[1]


def test_every_physical_name_says_its_environment(platform: Platform) -> None:
    assert not {name for name in physical_names(platform) if not re.search(rf"\b{platform.env}\b|_{platform.env}_", name)}


def test_dev_and_prod_share_no_export(dev: Platform, prod: Platform) -> None:
    assert not dev.exports() & prod.exports()


def test_templates_are_the_same_for_every_account_and_region(dev: Platform, elsewhere: Platform) -> None:
    assert masked(elsewhere.templates) == masked(dev.templates)


def test_templates_name_no_account_and_no_region(platform: Platform) -> None:
    own = {stage: {name: each for name, each in body.items() if name != "Mappings"} for stage, body in platform.templates.items()}
    written = re.sub(r"\b[0-9a-f]{64}\b", "", str(own))  # mappings say for every region whose images are SageMaker's
    assert not re.findall(r"(?<=[:-])\d{12}\b|\b(?:eu|us|ap)-(?:west|east|central|north|south)-\d\b", written)


def test_every_stack_is_tagged_with_project_environment_and_stage(platform: Platform) -> None:
    for stage in ORDER:
        assert platform.tags[stage] == {"project": "lakemill", "environment": platform.env, "stage": stage}
