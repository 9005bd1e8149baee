"""`mill load` into Keyspaces, `mill show`, `mill models` and `mill run` of a model."""

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cassandra import Unauthorized
from cassandra.cluster import NoHostAvailable

from cli import load_wide, wide
from cli import run as cli_run
from cli.problem import Problem
from lakemill import keyspaces as keyspaces_client
from lakemill.keyspaces import NotConnected
from lakemill.keyspaces_load import Loaded, OtherContent
from lakemill.keyspaces_writing import NotWritten
from lakemill.wide_rows import HeaderError, UnreadableError
from tests.cli.conftest import Fake
from tests.cli.kinds import Mill

HEAD = ["segment", "_col1", "_col2", "_col3", "_col4"]
PROFILE = [HEAD, ["1", "300", "250.04", "1.5", "90"], ["2", "100", "3", "20.25", "12345.6"]]
ROWS = [["customer_id", "segment", "distance"], ["12346", "2", "0.5"]]


@pytest.fixture
def retail(tmp_path: Path) -> Path:
    path = tmp_path / "retail.csv"
    path.write_text("Invoice\n1\n")
    return path


@pytest.fixture
def keyspaces(aws: Fake, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A platform that has Keyspaces, without its driver."""
    aws.outputs["storage"]["Keyspace"] = "lakemill_dev"
    monkeypatch.setattr(wide, "session", contextmanager(lambda _: (yield None)))
    monkeypatch.setattr(load_wide, "Target", lambda _, *, dataset, keyspace: SimpleNamespace(dataset=dataset, keyspace=keyspace))
    return aws


def becomes(monkeypatch: pytest.MonkeyPatch, result: Loaded | Exception) -> None:
    def load_file(path: Path, **_: Any) -> Loaded:
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(load_wide, "load_file", load_file)


def test_a_load_tells_rows_refusals_and_the_next_command(
    mill: Mill, keyspaces: Fake, retail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = Counter({"not_a_number:quantity": 2})
    becomes(monkeypatch, Loaded(source_file="retail.csv", rows_loaded=1234, rows_refused=2, reasons=reasons))
    said = mill("load", "retail", str(retail)).stdout
    assert "retail.csv: 1,234 rows to online_retail, 2 refused" in said
    assert "refused: 2 not_a_number:quantity" in said
    assert "refused_lines" in said
    assert "Next: mill run segments" in said


def test_a_file_that_was_loaded_before_is_told_with_its_name_then(
    mill: Mill, keyspaces: Fake, retail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    becomes(monkeypatch, Loaded(source_file="retail.csv", rows_loaded=7, known_as="older.csv"))
    assert "retail.csv: loaded before as older.csv, 7 rows" in mill("load", "retail", str(retail)).stdout


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OtherContent("other content"), "other content"),
        (HeaderError("the header lacks quantity"), "the header lacks quantity"),
        (UnreadableError("cut"), "cannot be unpacked (cut), and nothing of it was loaded"),
        (OSError("away"), "cannot be read to its end (away)"),
        (NotWritten("9 requests were not taken"), "it goes on where it stopped"),
    ],
)
def test_what_went_wrong_is_told_with_what_to_do(
    mill: Mill, keyspaces: Fake, retail: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    becomes(monkeypatch, error)
    result = mill("load", "retail", str(retail))
    assert result.exit_code == 1
    assert said in result.stderr


def test_rows_are_not_replaced_by_a_file(mill: Mill, keyspaces: Fake, retail: Path) -> None:
    result = mill("load", "retail", str(retail), "--replace")
    assert result.exit_code == 1
    assert "cannot be replaced" in result.stderr


def test_an_environment_without_keyspaces_is_told_the_setting(mill: Mill, aws: Fake, retail: Path) -> None:
    result = mill("load", "retail", str(retail))
    assert result.exit_code == 1
    assert '"segments": true' in result.stderr


def test_show_draws_a_bar_for_each_group_and_some_rows(mill: Mill, aws: Fake) -> None:
    aws.answers = [PROFILE, ROWS]
    said = mill("show", "segments").stdout
    [one, two] = [line for line in said.splitlines() if "%" in line]
    assert "75.0%" in one
    assert "25.0%" in two
    assert one.count("█") == 40
    assert two.count("█") == 13
    assert "12,345.6" in two
    assert "12346" in said
    assert "lakemill_dev_curated" in aws.asked[0]


def test_show_tells_how_to_make_what_is_not_there(mill: Mill, aws: Fake) -> None:
    aws.answers = [[HEAD]]
    assert "mill run segments" in mill("show", "segments").stderr
    assert "Declared are: segments" in mill("show", "nobody").stderr


def versions(monkeypatch: pytest.MonkeyPatch, states: dict[int, str]) -> None:
    """A registry with versions in these states, the newest first."""
    made = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    pages = SimpleNamespace(paginate=lambda **_: [{"ModelPackageSummaryList": [{"ModelPackageArn": number} for number in states]}])
    monkeypatch.setattr(Fake, "get_paginator", lambda *_: pages)

    def described(_: Fake, *, ModelPackageName: int) -> dict[str, Any]:  # noqa: N803
        said = {"silhouette": f"0.{ModelPackageName}", "run": f"segments-{ModelPackageName}"}
        return {
            "ModelPackageVersion": ModelPackageName, "ModelApprovalStatus": states[ModelPackageName], "CreationTime": made,
            "CustomerMetadataProperties": said,
        }  # fmt: skip

    monkeypatch.setattr(Fake, "describe_model_package", described, raising=False)


def test_a_run_whose_model_waits_for_a_person_says_so(mill: Mill, aws: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    versions(monkeypatch, {1: "PendingManualApproval"})
    monkeypatch.setattr(cli_run, "run_flow", lambda *_, **__: "segments-1")
    result = mill("run", "segments")
    assert result.exit_code == 0
    assert "Nothing was mapped: no version of segments is approved yet. Next: mill models" in result.stdout


def test_models_lists_versions_and_marks_the_live_one(mill: Mill, aws: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    versions(monkeypatch, {3: "Rejected", 2: "Approved", 1: "Approved"})
    lines = [line.split() for line in mill("models").stdout.splitlines() if "segments-" in line]
    assert [(line[0], line[1]) for line in lines] == [("3", "not"), ("2", "live"), ("1", "approved")]
    assert "0.2" in lines[1]


def test_a_flow_of_a_model_takes_no_files(mill: Mill, aws: Fake) -> None:
    result = mill("run", "segments", "--dry-run")
    assert result.exit_code == 1
    assert "takes rows of Keyspaces" in result.stderr


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("AuthenticationFailed: The security token included in the request is expired", "Log in to AWS again"),
        ("AuthenticationFailed: Signature expired: 2026", "Set the clock"),
        ("AuthenticationFailed: The request signature we calculated does not match", "whether AWS_REGION is the region"),
        ("SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED]", "of no authority that this machine trusts"),
        ("Unauthorized: not authorized to perform: cassandra:Select", "the role's rights on cassandra:Select"),
    ],
)
def test_who_is_not_let_in_is_told_why_and_what_to_do(aws: Fake, monkeypatch: pytest.MonkeyPatch, said: str, advice: str) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise NotConnected(f"Keyspaces at h:1: {said}")

    monkeypatch.setattr(keyspaces_client, "connect", refused)
    platform = SimpleNamespace(at="aws", client=SimpleNamespace(session=None))
    with pytest.raises(Problem, match="nothing was sent") as caught, wide.session(platform):  # type: ignore[arg-type]
        pass
    assert said in caught.value.what
    assert advice in caught.value.advice


@pytest.mark.parametrize(
    ("error", "advice"), [(Unauthorized("no Modify"), "Use credentials"), (NoHostAvailable("away", {}), "it goes on where it stopped")]
)
def test_what_keyspaces_says_no_to_in_a_load_is_told(
    mill: Mill, keyspaces: Fake, retail: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, advice: str
) -> None:
    becomes(monkeypatch, error)
    said = mill("load", "retail", str(retail)).stderr
    assert "what was written stays" in said
    assert advice in said


def test_a_file_whose_name_cannot_be_shown_is_refused(mill: Mill, keyspaces: Fake, tmp_path: Path) -> None:
    path = tmp_path / "new\nline.csv"
    path.write_text("Invoice\n1\n")
    result = mill("load", "retail", str(path))
    assert "nothing was loaded: 'new\\nline.csv' has signs" in result.stderr
