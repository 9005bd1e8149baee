"""Two keys destroy data: the environment says keep_data false, and the template was made with `-c erase=<env>`."""

from typing import Any

import pytest

from tests.templates.reading import Platform

DATA = (
    "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Glue::Database", "AWS::Athena::WorkGroup", "AWS::SecretsManager::Secret",
    "AWS::Cassandra::Keyspace", "AWS::Cassandra::Table", "AWS::SageMaker::ModelPackageGroup",
)  # fmt: skip


def test_only_prod_says_that_it_keeps_its_data(cdk_context: dict[str, Any]) -> None:
    assert {env: values["keep_data"] for env, values in cdk_context["environments"].items()} == {"dev": False, "prod": True}


@pytest.mark.parametrize("keys", ["dev", "prod", "optional"], ids=["one key", "no key", "the other key"])
def test_with_fewer_than_two_keys_all_data_outlives_the_stacks(request: pytest.FixtureRequest, keys: str) -> None:
    platform: Platform = request.getfixturevalue(keys)
    for type_ in DATA:
        assert all(each.kept for each in platform.every(type_)), type_
    assert not platform.every("Custom::S3AutoDeleteObjects", none_is_fine=True)


def test_with_both_keys_all_data_goes_with_the_stacks(erased: Platform) -> None:
    for type_ in DATA:
        assert all(each.body["DeletionPolicy"] == "Delete" for each in erased.every(type_)), type_
    assert len(erased.every("Custom::S3AutoDeleteObjects")) == len(erased.every("AWS::S3::Bucket"))


def test_the_key_for_another_environment_destroys_nothing(elsewhere: Platform) -> None:
    assert elsewhere.env == "dev"
    assert all(each.kept for type_ in DATA for each in elsewhere.every(type_))


def test_what_is_kept_is_listed(dev: Platform, prod: Platform, erased: Platform) -> None:
    for platform in (dev, prod):
        listed = [each for stage in platform.templates for each in platform.outputs(stage).get("KeptOnDestroy", "").split(", ") if each]
        assert len(listed) == sum(len(platform.every(type_)) for type_ in DATA)
    assert not [stage for stage in erased.templates if "KeptOnDestroy" in erased.outputs(stage)]


def test_a_key_is_never_deleted_while_data_under_it_is_kept(platform: Platform) -> None:
    [key] = platform.every("AWS::KMS::Key")
    assert key.kept == all(bucket.kept for bucket in platform.every("AWS::S3::Bucket"))


def test_all_else_goes_with_the_stacks(platform: Platform) -> None:
    kept = [
        f"{stage}/{id_}"
        for stage, template in platform.templates.items()
        for id_, body in template["Resources"].items()
        if body["Type"] not in DATA and body.get("DeletionPolicy", "Delete") != "Delete"
    ]
    assert kept == []
