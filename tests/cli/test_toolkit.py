"""When the CDK CLI fails, people read why, not everything it said."""

from pathlib import Path

import pytest

from cli import home, toolkit
from cli.problem import Problem
from cli.screen import Step

KEYS = home.Keys(access_key_id="id", secret_access_key="secret")
HOME = home.Home(pid=1, endpoint="http://127.0.0.1:1", region="eu-west-1", account="000000000000", profiles={"deployer": KEYS})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAKEMILL_HOME", str(tmp_path))
    return tmp_path


def _cdk(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "cdk"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(toolkit, "program", lambda: str(program))
    toolkit.watched(["deploy", "--all"], keys=KEYS, here=HOME, work=Step("deploy"))


def test_all_it_said_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _cdk(folder, monkeypatch, 'echo "lakemill-dev-storage: deploying... [1/5]"; echo done >&2')
    assert (folder / "cdk-deploy.log").read_text() == "lakemill-dev-storage: deploying... [1/5]\ndone\n"


def test_a_failed_stack_event_is_the_reason(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem) as told:
        _cdk(folder, monkeypatch, 'echo "s | 9:00 | CREATE_FAILED | S3::Bucket | Raw: no such key"; echo "Error: noise"; exit 1')
    assert told.value.what == "cdk deploy failed:\n  Raw: no such key"
    assert str(told.value).endswith(f"\n  Raw: no such key\nMend that, then try again. All it said is in {folder / 'cdk-deploy.log'}")


def test_without_stack_events_lines_that_read_like_errors_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match="SettingsError: log_days"):
        _cdk(folder, monkeypatch, 'echo hello; echo "SettingsError: log_days must be positive" >&2; echo "Error: synth failed"; exit 1')


def test_it_works_against_the_home_as_the_owner_of_the_keys(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _cdk(folder, monkeypatch, 'echo "$AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $CDK_VALIDATION $CDK_OUTPUT"')
    assert (folder / "cdk-deploy.log").read_text() == f"http://127.0.0.1:1 id false {folder}/cdk.out\n"
