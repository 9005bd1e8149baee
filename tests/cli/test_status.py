"""`mill status` shows what there is, and for what is missing the command that makes it."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from tests.cli.conftest import START, Fake
from tests.cli.kinds import Mill

AWS = ("status", "--home", "aws")


def _words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_what_there_is_is_shown(mill: Mill, aws: Fake) -> None:
    aws.objects = {"calls/a.csv": "", "calls/b.csv": ""}
    aws.tables = {"lakemill_dev_cleaned": ["calls"]}
    aws.answer, aws.types = [["t", "n"], ["cleaned.calls", "72000"]], ["varchar", "bigint"]
    aws.executions = [{"name": "calls-1", "status": "SUCCEEDED", "startDate": START, "stopDate": START + timedelta(seconds=40)}]
    shown = _words(mill(*AWS).stdout)
    assert ["raw", "2", "3.0", "KB"] in shown
    assert ["cleaned.calls", "72,000"] in shown
    assert [row[:2] + row[-2:] for row in shown if row[:1] == ["calls-1"]] == [["calls-1", "succeeded", "40.0", "s"]]


def test_rows_are_counted_in_the_databases_behind_the_zones(mill: Mill, aws: Fake) -> None:
    aws.tables = {"lakemill_dev_cleaned": ["calls"]}
    mill(*AWS)
    assert aws.asked == ["select 'cleaned.calls', count(*) from lakemill_dev_cleaned.\"calls\""]


def test_rows_that_cannot_be_counted_do_not_hide_the_tables(mill: Mill, aws: Fake) -> None:
    aws.tables = {"lakemill_dev_cleaned": ["calls"]}
    aws.query_state = {"State": "FAILED", "StateChangeReason": "broken"}
    assert ["cleaned.calls", "?"] in _words(mill(*AWS).stdout)


def test_an_empty_platform_names_the_commands_that_fill_it(mill: Mill, aws: Fake) -> None:
    text = mill(*AWS).stdout
    assert "mill load calls FILE… --home aws" in text
    assert "mill run calls --home aws" in text


def test_a_missing_stack_is_named_with_the_way_to_deploy_it(mill: Mill, aws: Fake) -> None:
    del aws.outputs["flows"]
    text = mill(*AWS).stdout
    assert "flows (not deployed)" in text
    assert "cdk deploy --all -c env=dev" in text


def test_a_part_that_may_not_be_read_does_not_hide_the_others(mill: Mill, aws: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetTables")

    monkeypatch.setattr(aws, "get_tables", denied)
    result = mill(*AWS)
    assert result.exit_code == 0
    assert "GetTables was refused" in result.stdout
    assert "No runs yet" in result.stdout
