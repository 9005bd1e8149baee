"""Jobs: what they run, how they are bounded, and how what they leave is encrypted."""

import re

import pytest

from stacks.process import LIBRARY, AssetMissingError, made
from tests.templates.reading import Platform, Resource, text

KEPT = ("--snapshot_days", "--min_snapshots", "--orphan_days")
SECRET = re.compile(r"(?i)(password|secret|token|api_?key|AKIA)")


def jobs(platform: Platform) -> dict[str, Resource]:
    """Every job by its name."""
    found = {each.id.split("Job")[0]: each for each in platform.every("AWS::Glue::Job")}
    assert set(found) == {"Clean", "Curate", "Maintain", "Export", "Keep"}
    return found


def arguments(job: Resource) -> dict[str, str]:
    return {name: text(value) for name, value in job.properties["DefaultArguments"].items()}


def test_jobs_run_on_glue_5_1_with_the_workers_of_their_environment(dev: Platform, prod: Platform) -> None:
    for platform, workers in ((dev, 2), (prod, 10)):
        for job in jobs(platform).values():
            assert job.properties["GlueVersion"] == "5.1"
            assert (job.properties["WorkerType"], job.properties["NumberOfWorkers"]) == ("G.1X", workers)


def test_jobs_end_are_not_repeated_by_glue_and_run_one_at_a_time(dev: Platform, prod: Platform) -> None:
    for platform, minutes in ((dev, 30), (prod, 120)):
        for job in jobs(platform).values():
            assert job.properties["Timeout"] == minutes
            assert job.properties["MaxRetries"] == 0
            assert job.properties["ExecutionProperty"] == {"MaxConcurrentRuns": 1}


def test_jobs_reach_iceberg_tables_through_the_catalog_of_glue(platform: Platform) -> None:
    for name, zone in (
        ("Clean", "Cleaned"), ("Curate", "Curated"), ("Maintain", "Cleaned"), ("Export", "Cleaned"), ("Keep", "Curated"),
    ):  # fmt: skip
        given = arguments(jobs(platform)[name])
        confs = dict(each.split("=", 1) for each in given["--conf"].split(" --conf "))
        assert given["--datalake-formats"] == "iceberg"
        assert confs["spark.sql.catalog.glue_catalog"] == "org.apache.iceberg.spark.SparkCatalog"
        assert confs["spark.sql.catalog.glue_catalog.catalog-impl"] == "org.apache.iceberg.aws.glue.GlueCatalog"
        assert re.fullmatch(rf"s3://<[^>]*{zone}Bucket[^>]*>/warehouse/", confs["spark.sql.catalog.glue_catalog.warehouse"])


@pytest.mark.parametrize(
    ("job", "given"),
    [
        ("Clean", {"--raw_bucket", "--cleaned_database", "--quarantine_database", "--schema_policy", "--quarantine_days"}),
        ("Curate", {"--cleaned_database", "--curated_database", "--curated_bucket", "--privacy_secret"}),
        ("Export", {"--cleaned_database"}),
        ("Keep", {"--curated_database"}),
        ("Maintain", {*(f"--{zone}_database" for zone in ("cleaned", "curated", "quarantine")), *KEPT}),
    ],
)
def test_jobs_are_told_their_buckets_and_databases_and_the_flow_tells_the_rest(platform: Platform, job: str, given: set[str]) -> None:
    own = {name for name in arguments(jobs(platform)[job]) if re.fullmatch(r"--[a-z]+(_[a-z]+)+", name)}
    assert own == given


def test_jobs_share_one_library_and_have_a_script_each(platform: Platform) -> None:
    libraries = {arguments(job)["--extra-py-files"] for job in jobs(platform).values()}
    scripts = {text(job.properties["Command"]["ScriptLocation"]) for job in jobs(platform).values()}
    assert (len(libraries), len(scripts)) == (2, 5)  # those that speak to Keyspaces have its driver besides


def test_a_security_configuration_encrypts_output_logs_and_bookmarks_of_every_job(platform: Platform) -> None:
    [security] = [each for each in platform.every("AWS::Glue::SecurityConfiguration") if each.stage == "process"]
    encryption = security.properties["EncryptionConfiguration"]
    assert encryption["CloudWatchEncryption"]["CloudWatchEncryptionMode"] == "SSE-KMS"
    assert encryption["JobBookmarksEncryption"]["JobBookmarksEncryptionMode"] == "CSE-KMS"
    assert [each["S3EncryptionMode"] for each in encryption["S3Encryptions"]] == ["SSE-KMS"]
    assert security.properties["Name"] == f"lakemill-{platform.env}-jobs"
    assert {text(job.properties["SecurityConfiguration"]) for job in jobs(platform).values()} == {f"<{security.id}>"}


def test_jobs_log_into_groups_that_the_stack_declares_by_the_names_glue_gives_them(platform: Platform) -> None:
    groups = {
        text(each.properties["LogGroupName"])
        for each in platform.every("AWS::Logs::LogGroup")
        if each.stage in ("process", "train") and "LogGroupName" in each.properties
    }
    expected = {
        "/".join(
            (
                arguments(job)["--custom-logGroup-prefix"],
                text(job.properties["SecurityConfiguration"]) + "-role",
                text(job.properties["Role"]).replace(".Arn", ""),
                kind,
            )
        )
        for job in jobs(platform).values()
        for kind in ("error", "output")
    }
    assert groups == expected
    assert all(arguments(job)["--enable-continuous-cloudwatch-log"] == "true" for job in jobs(platform).values())


def test_every_log_group_is_encrypted_and_forgets_after_the_days_of_its_environment(dev: Platform, prod: Platform) -> None:
    for platform, days in ((dev, 14), (prod, 365)):
        for group in platform.every("AWS::Logs::LogGroup"):
            assert group.properties["RetentionInDays"] == days
            assert "DataKey" in text(group.properties["KmsKeyId"])


def test_no_argument_of_a_job_looks_like_a_secret(platform: Platform) -> None:
    [secret] = platform.every("AWS::SecretsManager::Secret")
    named = ("--privacy_secret", f"<{secret.id}.Id>")  # the secret's ARN, not its value
    given = [each for job in jobs(platform).values() for each in arguments(job).items()]
    assert named in given
    given.remove(named)
    assert len(given) > 10
    assert not [each for each in given if SECRET.search(" ".join(each))]


def test_the_privacy_key_is_made_by_aws_under_the_data_key_and_shown_to_nobody(platform: Platform) -> None:
    [secret] = platform.every("AWS::SecretsManager::Secret")
    assert secret.properties["GenerateSecretString"] == {"PasswordLength": 64, "ExcludePunctuation": True}
    assert not {"SecretString", "Name"} & set(secret.properties)
    assert "DataKey" in text(secret.properties["KmsKeyId"])
    assert "{{resolve:" not in str(platform.templates)


def test_without_the_library_the_synthesis_says_how_to_make_it() -> None:
    with pytest.raises(AssetMissingError, match=r"\.local/assets/absent\.zip is missing: run `python tools/bundle\.py`"):
        made(LIBRARY.with_name("absent.zip"))
