"""Crawlers: one per dataset, beside the flows, which can find and never harm."""

import json
import re

import pytest

from lakemill.datasets import of_files
from tests.templates.reading import Platform, Resource, actions_of, role_statements, text

NEEDS = {
    "s3:ListBucket", "s3:GetObject", "kms:Decrypt", "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable",
    "glue:UpdateTable", "glue:BatchCreatePartition", "glue:BatchGetPartition", "glue:BatchUpdatePartition", "glue:CreatePartition",
    "glue:GetPartition", "glue:GetPartitions", "glue:UpdatePartition", "logs:AssociateKmsKey", "logs:CreateLogGroup",
    "logs:CreateLogStream", "logs:PutLogEvents",
}  # fmt: skip


def crawlers(platform: Platform) -> dict[str, Resource]:
    """Crawlers by dataset."""
    return {each.properties["Name"].rsplit("-", 1)[1]: each for each in platform.every("AWS::Glue::Crawler")}


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def test_every_dataset_has_one_crawler_with_one_target_that_ends_in_a_slash(platform: Platform) -> None:
    found = crawlers(platform)
    assert set(found) == set(of_files())
    for name, each in found.items():
        assert each.properties["Name"] == f"lakemill-{platform.env}-{name}"
        assert list(each.properties["Targets"]) == ["S3Targets"]
        [target] = each.properties["Targets"]["S3Targets"]
        assert re.fullmatch(rf"s3://<[^>]*RawBucket[^>]*>/{name}/", text(target["Path"]))


def test_a_crawler_writes_into_raw_which_holds_no_table_of_a_template(platform: Platform) -> None:
    [raw] = [each.id for each in platform.every("AWS::Glue::Database") if each.properties["DatabaseInput"]["Name"].endswith("_raw")]
    assert {text(each.properties["DatabaseName"]) for each in crawlers(platform).values()} == {f"<{raw}>"}
    assert not platform.every("AWS::Glue::Table", none_is_fine=True)


def test_a_crawler_takes_no_table_away_and_follows_what_changes(platform: Platform) -> None:
    for each in crawlers(platform).values():
        assert each.properties["SchemaChangePolicy"] == {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}


def test_trap_8_files_of_several_forms_are_one_table_and_partitions_have_its_columns(platform: Platform) -> None:
    for each in crawlers(platform).values():
        said = json.loads(each.properties["Configuration"])
        assert said["Version"] == 1.0
        assert said["Grouping"] == {"TableGroupingPolicy": "CombineCompatibleSchemas"}
        assert said["CrawlerOutput"] == {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}


def test_aws_takes_a_crawl_of_new_folders_only_with_both_policies_at_log(platform: Platform) -> None:
    for each in crawlers(platform).values():
        everything = each.properties["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
        assert everything or set(each.properties["SchemaChangePolicy"].values()) == {"LOG"}


def test_the_first_line_of_every_file_is_its_header_whatever_it_looks_like(platform: Platform) -> None:
    classifiers = {each.id: each.properties["CsvClassifier"] for each in platform.every("AWS::Glue::Classifier")}
    for name, each in crawlers(platform).items():
        [used] = each.properties["Classifiers"]
        said = classifiers[text(used).strip("<>")]
        assert (said["ContainsHeader"], said["Delimiter"]) == ("PRESENT", ",")
        assert said["AllowSingleColumn"] is (sum(column.required for column in of_files()[name].columns) < 2)
        assert not {"Header", "ContainsCustomDatatype", "Serde"} & set(said)


def test_crawlers_run_on_time_only_where_the_environment_says_so(dev: Platform, prod: Platform) -> None:
    assert not [each for each in crawlers(dev).values() if "Schedule" in each.properties]
    assert {each.properties["Schedule"]["ScheduleExpression"] for each in crawlers(prod).values()} == {"cron(30 3 * * ? *)"}


@pytest.mark.parametrize("dataset", of_files())
def test_a_crawlers_role_may_find_and_tell_and_no_more(platform: Platform, dataset: str) -> None:
    role = f"{camel(dataset)}CrawlerRole"
    assert actions_of(platform, role) == NEEDS
    statements = role_statements(platform, role)
    objects = {resource for each in statements for resource in each.resources if "s3:GetObject" in each.actions}
    assert {re.sub(r"<[^>]*>", "<>", each) for each in objects} == {f"<>/{dataset}/*"}
    tables = {
        resource for each in statements for resource in each.resources if "glue:UpdateTable" in each.actions and ":table/" in resource
    }
    assert [re.sub(r".*:table/<RawDatabase\w+>/", "", each) for each in tables] == ["*"]


def test_each_crawler_has_a_role_of_its_own(platform: Platform) -> None:
    roles = [text(each.properties["Role"]) for each in crawlers(platform).values()]
    assert len(set(roles)) == len(roles) == len(of_files())


def test_logs_are_encrypted_in_a_declared_group_with_the_name_that_glue_gives_it(platform: Platform) -> None:
    [security] = [each for each in platform.every("AWS::Glue::SecurityConfiguration") if each.stage == "catalog"]
    assert security.properties["EncryptionConfiguration"]["CloudWatchEncryption"]["CloudWatchEncryptionMode"] == "SSE-KMS"
    groups = {text(each.properties["LogGroupName"]) for each in platform.every("AWS::Logs::LogGroup") if each.stage == "catalog"}
    used = {
        f"/aws-glue/crawlers-role/{text(each.properties['Role'])}-{text(each.properties['CrawlerSecurityConfiguration'])}"
        for each in crawlers(platform).values()
    }
    assert groups == used
    named = {text(each.properties["CrawlerSecurityConfiguration"]) for each in crawlers(platform).values()}
    assert named == {f"<{security.id}>"}  # by reference: a crawler with a configuration that is not there yet is refused


def test_no_flow_waits_for_a_crawler(platform: Platform) -> None:
    for machine in platform.every("AWS::StepFunctions::StateMachine"):
        assert "rawler" not in text(machine.properties["DefinitionString"])
