"""`mill demo`: whose data it shows, and where."""

from pathlib import Path

import pytest

from cli import home
from tests.cli.kinds import Mill


def test_given_data_gets_a_home_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKEMILL_HOME", "")
    assert home.move("home-calls") == home.ROOT / ".local" / "home-calls" == home.folder()


def test_a_home_that_was_asked_for_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAKEMILL_HOME", str(tmp_path))
    assert home.move("home-calls") is None
    assert home.folder() == tmp_path


def test_a_folder_without_files_is_refused_before_anything_starts(mill: Mill, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAKEMILL_HOME", str(tmp_path / "home"))
    (tmp_path / "data").mkdir()
    result = mill("demo", "--data", str(tmp_path / "data"))
    assert result.exit_code == 1
    assert "holds no .csv or .csv.gz files" in result.stderr
    assert not (tmp_path / "home").exists()
