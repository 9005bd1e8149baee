"""`mill demo`: whose data it shows, and where."""

from pathlib import Path
from typing import cast

import pytest

from cli import demo, home, screen
from cli.clients import At, Clients
from cli.platform import Platform
from tests.cli.conftest import Fake
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


def test_it_ends_with_refused_rows_the_commands_that_show_more_and_the_reports_path(aws: Fake, tmp_path: Path) -> None:
    aws.tables = {"lakemill_dev_quarantine": ["calls"]}
    row = ["calls/a.csv", "17", "rule:disconnects_after_connect", "2026-11-21 09:30:00.000000", "01-01-2022 10:00,1,1"]
    aws.answers = [[["file", "line", "reason", "refused_at", "raw"], row]]
    with screen.out.capture() as shown:
        demo._refusals(Platform(cast(Clients, aws), env="dev", at=At.LOCAL), generated=True)
        demo._what_next(None, page=tmp_path / "page.html")
    text = shown.get()
    assert ["calls/a.csv", "17", "rule:disconnects_after_connect", "2026-11-21", "09:30", "01-01-2022", "10:00,1,1"] in [
        line.split() for line in text.splitlines()
    ]
    assert text.count("mill quarantine show calls") == 2
    assert text.splitlines()[-1] == f"All of it on one page: {tmp_path / 'page.html'}"
    assert aws.asked[0].endswith("limit 6")


def test_of_data_that_was_given_it_shows_reasons_and_no_rows(aws: Fake) -> None:
    aws.tables = {"lakemill_dev_quarantine": ["calls"]}
    aws.answers = [[["reason", "refused", "files"], ["missing:translated_calling_number", "12", "1"]]]
    with screen.out.capture() as shown:
        demo._refusals(Platform(cast(Clients, aws), env="dev", at=At.LOCAL), generated=False)
    assert ["missing:translated_calling_number", "12", "1"] in [line.split() for line in shown.get().splitlines()]
    assert "raw" not in aws.asked[0]
