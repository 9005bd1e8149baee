"""What makes first deployments to AWS fail although every local run is green, each with its test."""

import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatch
from typing import Any

import pytest

from tests.templates.reading import Platform, Resource, Statement, actions_of, machine_states, role_statements, text

INLINE_POLICY_LIMIT = 10_240
STATEFUL = {
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::KMS::Key": (),
    "AWS::Glue::Database": ("CatalogId", "DatabaseInput"),
    "AWS::Athena::WorkGroup": ("Name",),
    "AWS::Cassandra::Keyspace": ("KeyspaceName",),
    "AWS::Cassandra::Table": ("KeyspaceName", "TableName", "PartitionKeyColumns", "ClusteringKeyColumns"),
}


def key_statements(platform: Platform) -> list[Statement]:
    [key] = platform.every("AWS::KMS::Key")
    return [Statement.of(key.id, raw) for raw in key.properties["KeyPolicy"]["Statement"]]


def test_trap_1_the_key_policy_lets_the_logs_service_encrypt_every_log_group(platform: Platform) -> None:
    [statement] = [each for each in key_statements(platform) if "logs.<AWS::Region>.amazonaws.com" in each.services]
    pattern = text(statement.conditions["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
    assert {"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"} <= set(statement.actions)
    for group in platform.every("AWS::Logs::LogGroup"):
        name = text(group.properties.get("LogGroupName", group.id))
        assert "KmsKeyId" in group.properties
        assert fnmatch(f"arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:{name}", pattern)


# IAM's evaluation of the operators that bucket policies here use, of a value that may be absent. Absence satisfies negated ones.
OPERATORS: dict[str, Callable[[str | None, Any], bool]] = {
    "Bool": lambda value, expected: value == str(expected).lower(),
    "Null": lambda value, expected: (value is None) == (str(expected).lower() == "true"),
    "NumericLessThan": lambda value, expected: value is not None and float(value) < float(expected),
    "StringNotEquals": lambda value, expected: value != text(expected),
}


def applies(conditions: Mapping[str, Mapping[str, Any]], request: Mapping[str, str]) -> bool:
    """Whether a request meets all conditions of a statement."""
    return all(
        OPERATORS[operator](request.get(name), expected) for operator, tests in conditions.items() for name, expected in tests.items()
    )


ALGORITHM, KEY_ID = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({}, False),
        ({ALGORITHM: "aws:kms"}, False),
        ({ALGORITHM: "aws:kms", KEY_ID: "THE KEY"}, False),
        ({ALGORITHM: "aws:kms", KEY_ID: "alias/mine"}, True),
        ({ALGORITHM: "aws:kms", KEY_ID: "arn:aws:kms:eu-west-1:1:key/other"}, True),
        ({ALGORITHM: "AES256"}, True),
    ],
)
def test_trap_2_uploads_without_a_key_are_taken_and_those_with_another_key_refused(
    platform: Platform, headers: dict[str, str], refused: bool
) -> None:
    [key] = platform.every("AWS::KMS::Key")
    request = {
        "aws:SecureTransport": "true",
        "s3:TlsVersion": "1.3",
        **{name: value.replace("THE KEY", f"<{key.id}.Arn>") for name, value in headers.items()},
    }
    zones = [each for each in platform.every("AWS::S3::BucketPolicy") if not each.id.startswith("Logs")]
    assert len(zones) == 6
    for policy in zones:
        denials = [Statement.of(policy.id, raw) for raw in policy.properties["PolicyDocument"]["Statement"] if raw["Effect"] == "Deny"]
        assert any(applies(each.conditions, request) for each in denials) is refused


def test_trap_3_whoever_feeds_encrypted_topics_and_queues_may_use_their_key(platform: Platform) -> None:
    fed = [*platform.every("AWS::SNS::Topic"), *platform.every("AWS::SQS::Queue", none_is_fine=True)]
    assert all("DataKey" in text(each.properties["KmsMasterKeyId"]) for each in fed)
    services = {
        service
        for each in key_statements(platform)
        if {"kms:Decrypt", "kms:GenerateDataKey"} <= set(each.actions)
        for service in each.services
    }
    assert {"cloudwatch.amazonaws.com", "events.amazonaws.com"} <= services
    assert {"sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"} <= actions_of(platform, "CallsRole")


def test_trap_4_where_lake_formation_asks_for_its_own_permissions_every_role_that_reads_tables_has_them(
    dev: Platform, optional: Platform
) -> None:
    assert not dev.every("AWS::LakeFormation::PrincipalPermissions", none_is_fine=True)
    granted: dict[tuple[str, str], set[str]] = {}
    for each in optional.every("AWS::LakeFormation::PrincipalPermissions"):
        [(kind, resource)] = each.properties["Resource"].items()
        role = text(each.properties["Principal"]["DataLakePrincipalIdentifier"]).strip("<>").removesuffix(".Arn")
        [zone] = re.findall(r"(Raw|Cleaned|Curated|Quarantine)Database", text(resource["Name" if kind == "Database" else "DatabaseName"]))
        granted.setdefault((re.sub(r"Role\w+$", "", role), zone), set()).update(each.properties["Permissions"])
    writing = {"DESCRIBE", "CREATE_TABLE", "SELECT", "INSERT", "DELETE", "ALTER", "DROP"}
    assert granted == {
        ("CallsCrawler", "Raw"): writing,
        ("CarriersCrawler", "Raw"): writing,
        ("Clean", "Cleaned"): writing,
        ("Clean", "Quarantine"): writing,
        ("Curate", "Cleaned"): {"DESCRIBE", "SELECT"},
        ("Curate", "Curated"): writing,
        ("Calls", "Cleaned"): {"DESCRIBE", "SELECT"},
        **{("Maintain", zone): writing for zone in ("Cleaned", "Quarantine", "Curated")},
        ("Maintenance", "Cleaned"): {"DESCRIBE", "SELECT"},
        ("Export", "Cleaned"): writing,
        ("Keep", "Curated"): writing,
        ("Segments", "Cleaned"): {"DESCRIBE", "SELECT"},
        ("Segments", "Curated"): writing,
    }
    assert all("lakeformation:GetDataAccess" in actions_of(optional, f"{role}Role") for role, _ in granted)


def test_trap_5_jobs_may_do_what_glue_and_iceberg_do_in_their_name(platform: Platform) -> None:
    for job in platform.every("AWS::Glue::Job"):
        role = text(job.properties["Role"]).strip("<>").removesuffix(".Arn")
        statements = role_statements(platform, role)
        reached = {
            action: {resource for each in statements if action in each.actions for resource in each.resources}
            for action in actions_of(platform, role)
        }
        assert any(resource.endswith(":database/default") for resource in reached["glue:GetDatabase"])
        assert {"glue:UpdateTable", "s3:DeleteObject", "logs:AssociateKmsKey"} <= set(reached)
        libraries = text(job.properties["DefaultArguments"]["--extra-py-files"]).split(",")
        fetched = [text(job.properties["Command"]["ScriptLocation"]), *libraries]
        for location in fetched:
            assert any(resource.endswith(location.removeprefix("s3://")) for resource in reached["s3:GetObject"]), location


def test_trap_6_roles_of_flows_carry_what_waiting_for_a_job_or_query_takes(platform: Platform) -> None:
    waiting = [
        state["Resource"]
        for each in platform.every("AWS::StepFunctions::StateMachine")
        for state in machine_states(each).values()
        if state["Type"] == "Task" and state["Resource"].endswith(".sync")
    ]
    assert len(waiting) == 3 + 2 + 8
    assert {"glue:GetJobRun", "glue:BatchStopJobRun", "athena:GetQueryExecution", "athena:StopQueryExecution"} <= actions_of(
        platform, "CallsRole"
    )


def test_trap_7_zones_go_before_the_log_bucket_is_emptied_and_record_nothing_meanwhile(erased: Platform) -> None:
    emptying = {each.id for each in erased.every("Custom::S3AutoDeleteObjects") if each.id.startswith("Logs")}
    for bucket in erased.every("AWS::S3::Bucket"):
        if not bucket.id.startswith("Logs"):
            assert emptying <= set(bucket.body["DependsOn"]), bucket.id
            assert "LoggingConfiguration" not in bucket.properties


def test_trap_7_the_function_that_empties_buckets_leaves_no_log_group(erased: Platform) -> None:
    function = erased.one("AWS::Lambda::Function", "CustomS3AutoDelete")
    [group] = [
        each for each in erased.every("AWS::Logs::LogGroup") if text(each.properties.get("LogGroupName")) == f"/aws/lambda/<{function.id}>"
    ]
    assert all(group.id in each.body["DependsOn"] for each in erased.every("Custom::S3AutoDeleteObjects"))


def test_trap_7_a_workgroup_with_a_history_goes_only_with_both_keys(dev: Platform, prod: Platform, erased: Platform) -> None:
    option = [
        [each.properties["RecursiveDeleteOption"] for each in platform.every("AWS::Athena::WorkGroup")] for platform in (dev, prod, erased)
    ]
    assert option == [[False], [False], [True]]


def test_trap_7_nothing_in_storage_waits_for_a_later_stage(platform: Platform) -> None:
    assert platform.needs["storage"] == frozenset()


def immutable(resource: Resource) -> dict[str, Any]:
    names = STATEFUL[resource.body["Type"]]
    return {name: text(resource.properties[name]) for name in names if name in resource.properties}


def test_trap_10_a_change_of_names_that_would_replace_what_holds_data_shows_here(dev: Platform, snapshot: object) -> None:
    assert {f"{each.stage}/{each.id}": immutable(each) for type_ in STATEFUL for each in dev.every(type_)} == snapshot


def test_trap_10_policies_fit_into_roles(platform: Platform) -> None:
    sizes: dict[str, int] = {}
    for policy in platform.every("AWS::IAM::Policy"):
        for role in policy.properties["Roles"]:
            sizes[text(role)] = sizes.get(text(role), 0) + len(text(policy.properties["PolicyDocument"]))
    assert max(sizes.values()) < INLINE_POLICY_LIMIT
