"""`mill doctor` finds what would stop a first deployment, and says what to do about it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from cli import home
from cli.clients import At, Clients, connect
from cli.doctor import machine
from cli.platform import PROJECT, ZONES
from tests.cli.kinds import Mill

ROOT = Path(__file__).parents[2]
DOCTOR = ("doctor", "--home", "aws")
BY_IAM = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]
Answers = dict[str, Any]


def error(code: str) -> Callable[[str, Answers], Answers]:
    def refuse(operation: str, given: Answers) -> Answers:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    return refuse


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """What AWS answers, by operation: a well-prepared, empty account. boto3's own clients ask it."""
    answers: Answers = {
        "GetCallerIdentity": {"Account": "123456789012", "Arn": "arn:aws:sts::123456789012:assumed-role/engineer/me"},
        "GetParameter": {"Parameter": {"Value": "30"}},
        "AssumeRole": {},
        "GetDataLakeSettings": {"DataLakeSettings": {"CreateDatabaseDefaultPermissions": BY_IAM, "CreateTableDefaultPermissions": BY_IAM}},
        "ListServiceQuotas": lambda _, given: {
            "Quotas": [{"QuotaName": name, "Value": value} for name, value in quotas[given["ServiceCode"]]]
        },
        "GetDatabase": error("EntityNotFoundException"),
        "DescribeStacks": error("ValidationError"),
    }
    quotas = {"glue": [("Max task dpus per account", 300.0)]}

    def answer(client: BaseClient, operation: str, given: Answers) -> Answers:
        said = answers[operation]
        try:
            return said(operation, given) if callable(said) else said
        except ClientError as told:
            raise client.exceptions.from_code(told.response["Error"]["Code"])(told.response, operation) from None

    monkeypatch.setattr(BaseClient, "_make_api_call", answer)
    session = boto3.Session("key", "secret", region_name="eu-west-1")
    monkeypatch.setattr("cli.doctor.command.connect", lambda at: Clients(session))
    return {"answers": answers, "quotas": quotas}


def test_a_prepared_account_has_nothing_that_stops(mill: Mill, account: Answers) -> None:
    result = mill(*DOCTOR, "--env", "prod")
    assert result.exit_code == 0
    assert "Nothing stops a deployment.\nDeploy: cdk deploy --all -c env=prod" in result.stdout
    assert "?" not in result.stdout


@pytest.mark.parametrize(
    ("operation", "said", "told", "advice"),
    [
        ("GetParameter", error("ParameterNotFound"), "not prepared for the CDK", "cdk bootstrap aws://123456789012/eu-west-1"),
        ("GetParameter", {"Parameter": {"Value": "5"}}, "version 5 is older than 6", "cdk bootstrap"),
        ("AssumeRole", error("AccessDenied"), "cdk-hnb659fds-deploy-role-123456789012-eu-west-1 may not be assumed", "sts:AssumeRole"),
        ("GetDataLakeSettings", {"DataLakeSettings": {"CreateTableDefaultPermissions": BY_IAM}}, "no grants", '"lake_formation": "grant"'),
        ("GetDatabase", {"Database": {"Name": "any"}}, "lakemill_prod_raw, lakemill_prod_cleaned", "--import-existing-resources"),
    ],
)
def test_what_would_stop_a_deployment_is_told_with_what_to_do(
    mill: Mill, account: Answers, operation: str, said: Any, told: str, advice: str
) -> None:
    account["answers"][operation] = said
    result = mill(*DOCTOR, "--env", "prod")
    assert result.exit_code == 1
    [line, next_line] = result.stdout.split("✗", 1)[1].splitlines()[:2]
    assert told in line
    assert advice in next_line
    assert "1 finding would stop a deployment or its first run." in result.stdout


def test_a_quota_that_is_too_low_stops(mill: Mill, account: Answers) -> None:
    account["quotas"]["glue"] = [("Max task DPUs per account", 3.0)]
    result = mill(*DOCTOR, "--env", "prod")
    assert result.exit_code == 1
    assert "Max task dpus per account is 3, needed are 10: workers of one job" in result.stdout


def test_a_quota_that_aws_does_not_list_is_unknown(mill: Mill, account: Answers) -> None:
    account["quotas"]["glue"] = []
    assert "AWS lists no quota named Max task dpus per account" in mill(*DOCTOR).stdout


def test_databases_of_a_platform_that_is_deployed_are_no_leftovers(mill: Mill, account: Answers) -> None:
    account["answers"] |= {
        "GetDatabase": {"Database": {"Name": "any"}},
        "DescribeStacks": {"Stacks": [{"StackName": "s", "StackStatus": "UPDATE_COMPLETE"}]},
    }
    assert mill(*DOCTOR).exit_code == 0


def test_names_are_those_of_the_templates() -> None:
    snapshot = (ROOT / "tests/templates/__snapshots__/test_snapshots").glob("*dev-catalog*")
    template = json.loads(next(snapshot).read_text())
    databases = {
        each["Properties"]["DatabaseInput"]["Name"] for each in template["Resources"].values() if each["Type"] == "AWS::Glue::Database"
    }
    assert databases == {f"{PROJECT}_dev_{zone}" for zone in ZONES}


def test_what_may_not_be_seen_is_unknown_and_the_rest_is_looked_at(mill: Mill, account: Answers) -> None:
    account["answers"]["GetDataLakeSettings"] = error("AccessDeniedException")
    result = mill(*DOCTOR)
    assert result.exit_code == 0
    assert "Lake Formation         could not look (AccessDeniedException)" in result.stdout
    assert "no database of an earlier deployment" in result.stdout
    assert "Nothing that was seen stops a deployment." in result.stdout


def test_the_root_user_is_no_way_to_work(mill: Mill, account: Answers) -> None:
    account["answers"]["GetCallerIdentity"] = {"Account": "1", "Arn": "arn:aws:iam::1:root"}
    assert "! credentials            the root user of account 1" in mill(*DOCTOR).stdout


def test_a_region_without_a_service_is_told(mill: Mill, account: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.doctor.command.connect", lambda at: Clients(boto3.Session("key", "secret", region_name="xx-nowhere-1")))
    assert "xx-nowhere-1 has no athena" in mill(*DOCTOR).stdout


def test_without_a_region_it_says_how_to_name_one(mill: Mill, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    result = mill(*DOCTOR)
    assert result.exit_code == 1
    assert "export AWS_REGION=eu-west-1" in result.stderr


def test_the_region_of_cdk_is_the_region_of_mill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-2")
    assert connect(At.AWS).region == "eu-central-2"


def test_this_machine_is_looked_at_too(mill: Mill, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(home, "ROOT", tmp_path)
    monkeypatch.setattr(machine, "FREE_BYTES", 1 << 60)
    result = mill("doctor")
    assert result.exit_code == 1
    assert "Python packages, the CDK command line, the jars of Spark: not installed" in result.stdout
    assert "Run: make setup" in result.stdout
    assert "Make room" in result.stdout
    assert "none yet: mill up makes one" in result.stdout
