"""`mill quarantine` shows refused rows to whoever asks, and has them judged again."""

import json

import pytest

from tests.cli.conftest import Fake
from tests.cli.kinds import Mill

REASONS = [["reason", "refused", "files"], ["missing:translated_calling_number", "1200", "3"], ["rule:x", "2", "1"]]
ROW = [
    "calls/a.csv",
    "17",
    "missing:translated_calling_number",
    "2026-11-21 09:30:00.000000",
    "01-01-2022 10:00,,0123456789012" + "x" * 300,
]
ROWS = [["file", "line", "reason", "refused_at", "raw"], ROW]


@pytest.fixture
def refusing(aws: Fake) -> Fake:
    aws.tables = {"lakemill_dev_quarantine": ["calls"]}
    return aws


def test_counts_come_first_and_then_rows_cut_to_the_width(mill: Mill, refusing: Fake) -> None:
    refusing.answers = [REASONS, ROWS]
    result = mill("quarantine", "show", "calls")
    assert result.exit_code == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines.index(["missing:translated_calling_number", "1,200", "3"]) < next(i for i, line in enumerate(lines) if line[:2] == ROW[:2])
    assert "01-01-2022 10:00,,0123456789012xxx" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 160


def test_a_reason_and_a_limit_reach_the_query_and_more_rows_are_told(mill: Mill, refusing: Fake) -> None:
    refusing.answers = [REASONS, [*ROWS, ROW]]
    result = mill("quarantine", "show", "calls", "--reason", "it's", "--limit", "1")
    assert "There are more: --limit 0 prints all" in result.stdout
    for sql in refusing.asked:
        assert "lakemill_dev_quarantine.calls where (reason = 'it''s' or split_part(reason, ':', 1) = 'it''s')" in sql
    assert refusing.asked[1].endswith("limit 2")


def test_programs_get_whole_rows(mill: Mill, refusing: Fake) -> None:
    refusing.answers = [ROWS]
    (row,) = json.loads(mill("quarantine", "show", "calls", "--format", "json").stdout)
    assert (row["file"], row["raw"]) == (ROW[0], ROW[-1])
    refusing.answers = [ROWS]
    assert mill("quarantine", "show", "calls", "--format", "csv").stdout.startswith("file,line,reason,refused_at,raw\n")


def test_what_a_file_holds_cannot_command_the_terminal(mill: Mill, refusing: Fake) -> None:
    refusing.answers = [REASONS, [ROWS[0], ["calls/\x1b[2Ja.csv", "1", "rule:x", "2026-11-21 09:30:00", "a\x1b[31mb\nc"]]]
    shown = mill("quarantine", "show", "calls").stdout
    assert "\x1b" not in shown
    assert r"a\x1b[31mb\nc" in shown


def test_a_table_of_an_older_version_has_no_lines_yet(mill: Mill, refusing: Fake) -> None:
    refusing.columns.remove("line")
    refusing.answers = [REASONS, [ROWS[0], [ROW[0], None, *ROW[2:]]]]
    assert mill("quarantine", "show", "calls").exit_code == 0
    assert "cast(null as integer) as line" in refusing.asked[1]


def test_nothing_refused_is_said_so(mill: Mill, aws: Fake) -> None:
    assert "No row of carriers is in quarantine." in mill("quarantine", "show", "carriers").stdout
    assert aws.asked == []


def test_an_unknown_dataset_is_answered_with_the_declared_ones(mill: Mill, aws: Fake) -> None:
    for command in ("show", "retry"):
        result = mill("quarantine", command, "nope")
        assert result.exit_code == 1
        assert "Declared are: calls, carriers" in result.stderr
    assert aws.started == []


def test_a_retry_starts_the_datasets_flow_and_tells_what_moved_and_what_remains(mill: Mill, refusing: Fake) -> None:
    refusing.answers = [[["dataset", "n", "c", "d"], ["calls", "1200", "1198", "2"]], REASONS[:1] + REASONS[2:]]
    result = mill("quarantine", "retry", "calls")
    assert result.exit_code == 0, result.stderr
    assert json.loads(refusing.given[0]) == {"retry": True}
    assert refusing.started[0] in refusing.asked[0]
    assert "calls: 1,200 rows left quarantine: 1,198 cleaned, 2 duplicate." in result.stdout
    assert "Still in quarantine: 2 rows of calls." in result.stdout
    assert "rule:x" in result.stdout


def test_a_retry_that_moves_nothing_says_so(mill: Mill, refusing: Fake) -> None:
    refusing.answers = [[["dataset", "n", "c", "d"]], REASONS]
    assert "No row of calls moved." in mill("quarantine", "retry", "calls").stdout


def test_the_help_says_that_raw_text_is_personal(mill: Mill) -> None:
    assert "personal data in the clear" in mill("quarantine", "show", "--help").stdout
