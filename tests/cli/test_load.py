"""`mill load` sends files once, and nothing at all when something is wrong."""

from pathlib import Path

import pytest

from tests.cli.conftest import Fake
from tests.cli.kinds import Mill


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    path = tmp_path / "2019-01.csv"
    path.write_text("a\n1\n")
    return path


def test_a_new_file_is_sent_and_the_next_command_named(mill: Mill, aws: Fake, calls: Path) -> None:
    result = mill("load", "calls", str(calls))
    assert aws.sent == ["b-raw/calls/2019-01.csv"]
    assert "1 file to raw/calls/ (4 B)" in result.stdout
    assert "Next: mill run calls" in result.stdout


def test_a_file_that_is_there_already_is_not_sent_again(mill: Mill, aws: Fake, calls: Path) -> None:
    mill("load", "calls", str(calls))
    again = mill("load", "calls", str(calls))
    assert len(aws.sent) == 1
    assert "1 file already there" in again.stdout


def test_other_content_under_a_taken_name_is_refused_before_anything_is_sent(mill: Mill, aws: Fake, calls: Path) -> None:
    (calls.parent / "new.csv").write_text("a\n")
    aws.objects["calls/2019-01.csv"] = "another"
    result = mill("load", "calls", str(calls.parent))
    assert result.exit_code == 1
    assert "calls/2019-01.csv" in result.stderr
    assert "--replace" in result.stderr
    assert aws.sent == []


def test_replace_overwrites_other_content(mill: Mill, aws: Fake, calls: Path) -> None:
    aws.objects["calls/2019-01.csv"] = "another"
    assert mill("load", "calls", str(calls), "--replace").exit_code == 0
    assert aws.sent == ["b-raw/calls/2019-01.csv"]


def test_an_unknown_dataset_is_answered_with_the_declared_ones(mill: Mill, aws: Fake, calls: Path) -> None:
    result = mill("load", "nope", str(calls))
    assert result.exit_code == 1
    assert result.stderr.startswith("mill: no dataset 'nope'")
    assert "calls" in result.stderr


def test_one_bad_file_keeps_the_good_ones_back(mill: Mill, aws: Fake, calls: Path) -> None:
    result = mill("load", "calls", str(calls), str(calls.parent / "absent.csv"))
    assert result.exit_code == 1
    assert "absent.csv: no such file" in result.stderr
    assert aws.sent == []


def test_without_stacks_it_says_how_to_deploy(mill: Mill, aws: Fake, calls: Path) -> None:
    aws.outputs.clear()
    here, there = mill("load", "calls", str(calls)), mill("load", "calls", str(calls), "--home", "aws")
    assert "mill up --deploy" in here.stderr
    assert "cdk deploy --all -c env=dev" in there.stderr
