"""The home as `mill` sees it from outside, and what processes that work against it are given."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import environment, home
from cli.problem import Problem
from tests.cli.kinds import Mill

KEYS = {"access_key_id": "id", "secret_access_key": "it's secret"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAKEMILL_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def port() -> Iterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def _record(folder: Path, *, port: int, pid: int) -> None:
    content = {"pid": pid, "endpoint": f"http://127.0.0.1:{port}", "region": "eu-west-1", "account": "000000000000"}
    (folder / "home.json").write_text(json.dumps({**content, "profiles": {"user": KEYS, "deployer": KEYS}}))


def test_a_home_is_up_when_its_process_lives_and_answers(folder: Path, port: int) -> None:
    _record(folder, port=port, pid=os.getpid())
    assert home.required().profiles["user"].access_key_id == "id"


def test_a_description_without_its_process_is_no_home(folder: Path, port: int) -> None:
    _record(folder, port=port, pid=2**22 + 1)
    assert home.running() is None


def test_a_process_that_does_not_answer_is_no_home(folder: Path, port: int) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        _record(folder, port=unused.getsockname()[1], pid=os.getpid())
        assert home.running() is None


@pytest.mark.parametrize("content", ["{", "{}", '{"pid": 1, "profiles": []}'])
def test_a_damaged_description_is_told_with_its_place(folder: Path, content: str) -> None:
    (folder / "home.json").write_text(content)
    with pytest.raises(Problem, match=r"home\.json"):
        home.running()


def test_children_get_the_home_and_nothing_of_the_shells_account(folder: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    _record(folder, port=port, pid=os.getpid())
    here = home.required()
    child = environment.at_home(here, here.profiles["deployer"])
    assert child["AWS_ENDPOINT_URL"] == here.endpoint
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"} & child.keys()
    assert child["PATH"].startswith(environment.path().split(os.pathsep)[0])


def test_the_homes_own_process_gets_no_account_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert not [name for name in environment.of_the_home() if name.startswith("AWS_")]


def test_env_prints_lines_that_a_shell_can_read(mill: Mill, folder: Path, port: int) -> None:
    _record(folder, port=port, pid=os.getpid())
    lines = mill("env").stdout.splitlines()
    assert lines[0].startswith("unset AWS_PROFILE")
    assert "export AWS_SECRET_ACCESS_KEY='it'\"'\"'s secret'" in lines
    assert not [line for line in lines if "KEYSPACES" in line]


def test_env_tells_where_keyspaces_is_while_it_runs(mill: Mill, folder: Path, port: int) -> None:
    _record(folder, port=port, pid=os.getpid())
    (folder / "keyspaces.json").write_text(json.dumps({"endpoint": "127.0.0.1:9", "ca": "ca.pem"}))
    lines = mill("env").stdout.splitlines()
    assert "export LAKEMILL_KEYSPACES_ENDPOINT=127.0.0.1:9" in lines
    assert "export LAKEMILL_KEYSPACES_CA=ca.pem" in lines


def test_env_for_somebody_whom_an_older_home_does_not_know_says_what_to_do(mill: Mill, folder: Path, port: int) -> None:
    _record(folder, port=port, pid=os.getpid())
    result = mill("env", "--as", "scientist")
    assert result.exit_code == 1
    assert result.stderr.endswith("which knows no scientist. Start it anew: mill down, then mill up\n")


@pytest.mark.parametrize("command", [["status"], ["query", "select 1"], ["run", "calls"], ["cdk", "diff"], ["env"]])
def test_without_a_home_every_command_says_how_to_start_it(mill: Mill, command: list[str]) -> None:
    result = mill(*command)
    assert result.exit_code == 1
    assert result.stderr == "mill: the local home is not up. Start it: mill up\n"


def test_ending_a_home_that_is_not_up_is_fine(mill: Mill) -> None:
    result = mill("down")
    assert (result.exit_code, result.stdout) == (0, "The home is not up.\n")


def test_only_a_homes_folder_is_ever_erased(mill: Mill, folder: Path) -> None:
    (folder / "photos").mkdir()
    result = mill("down", "--erase", "--yes")
    assert result.exit_code == 1
    assert (folder / "photos").exists()
    (folder / "root.json").write_text("{}")
    assert mill("down", "--erase", "--yes").exit_code == 0
    assert not folder.exists()


def test_erasing_asks_first(mill: Mill, folder: Path) -> None:
    (folder / "root.json").write_text("{}")
    assert mill("down", "--erase", typed="n\n").exit_code == 1
    assert folder.exists()
