"""Whatever goes wrong, a person reads one line: what, where, what to do."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError, ProfileNotFound
from typer.main import get_command

from cli.app import app
from cli.problem import explained, on_this_machine
from lakemill.declare import DeclarationError
from tests.cli.conftest import Fake
from tests.cli.kinds import Mill


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (NoRegionError(), "export AWS_REGION"),
        (NoCredentialsError(), "Log in to AWS"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "mill status"),
        (EndpointConnectionError(endpoint_url="https://cloudformation.nowhere-1.amazonaws.com/"), "Is AWS_REGION a region"),
        (ProfileNotFound(profile="x"), "aws configure list-profiles"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "too old"}}, "ListStacks"), "aws sso login"),
        (ClientError({"Error": {"Code": "InvalidRequestException", "Message": "line 1:14"}}, "StartQueryExecution"), "Mend the SQL"),
        (ClientError({"Error": {"Code": "Odd", "Message": "?"}}, "ListStacks"), "mill status"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no s3:PutObject"}}, "PutObject"), "Use credentials that may"),
    ],
)
def test_errors_of_aws_come_with_advice(error: Exception, line: str) -> None:
    assert line in str(explained(error))


def test_errors_of_files_say_which_file_and_what_to_do() -> None:
    assert "home.json: Permission denied. Look whether" in str(on_this_machine(PermissionError(13, "Permission denied", "home.json")))
    assert "lakemill/datasets/x.py: no. Mend that file" in str(on_this_machine(DeclarationError("lakemill/datasets/x.py: no")))
    assert on_this_machine(ValueError("x")) is None


def test_a_refusal_names_operation_reason_and_code() -> None:
    error = ClientError({"Error": {"Code": "Throttling", "Message": "Slow down."}}, "ListObjects")
    assert str(explained(error)) == "ListObjects was refused: Slow down (Throttling). Wait a minute, then try again"


def test_other_errors_are_not_explained_away() -> None:
    assert explained(KeyError("x")) is None


def test_even_an_unexpected_error_is_one_line_without_a_traceback(mill: Mill, aws: Fake) -> None:
    del aws.answer
    result = mill("query", "select 1")
    assert result.exit_code == 1
    assert result.stderr.startswith("mill: unexpected AttributeError")
    assert result.stderr.count("\n") == 1


def test_who_stops_a_command_is_told_how_to_go_on(mill: Mill, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.up.process.start", interrupted)
    result = mill("up")
    assert result.exit_code == 130
    assert "home        stopped" in result.stdout
    assert result.stderr == "mill: stopped. To go on, run it again\n"


def test_every_command_has_an_example() -> None:
    commands = dict(vars(get_command(app))["commands"])
    commands |= {f"quarantine {name}": each for name, each in commands["quarantine"].commands.items()}
    assert len(commands) > 10
    assert [name for name, command in commands.items() if "Example: " not in command.help] == []
