"""docs/acceptance.md: each numbered line of each issue names what shows it, and what it names exists."""

import ast
import re
from itertools import groupby
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, text, tree

LINES = {3: 12, 4: 11, 5: 7}
ROW = re.compile(r"^\| (\d+)\.(\d+) \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
SHOWN = re.compile(r"`([^`]+)`")
COMMANDS = ("make ", "mill ", "cdk ")

ROWS = [(int(issue), int(line), SHOWN.findall(shown)) for issue, line, shown in ROW.findall(text(Path("docs/acceptance.md")))]


def exists(shown: str) -> bool:
    """Whether a test (`file::name`), a file or a command is there."""
    if shown.startswith(COMMANDS):
        return True
    path, _, name = shown.partition("::")
    if not (ROOT / path).is_file():
        return False
    return not name or name in {node.name for node in ast.walk(tree(Path(path))) if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_every_numbered_line_of_every_issue_has_its_row() -> None:
    rows = {issue: [line for _, line, _ in group] for issue, group in groupby(ROWS, key=lambda row: row[0])}
    assert rows == {issue: list(range(1, lines + 1)) for issue, lines in LINES.items()}


@pytest.mark.parametrize(("issue", "line", "shown"), ROWS)
def test_a_row_names_tests_files_or_commands_that_exist(issue: int, line: int, shown: list[str]) -> None:
    assert shown, f"line {line} of issue {issue} names nothing"
    assert [name for name in shown if not exists(name)] == []
    assert any("::" in name for name in shown), f"line {line} of issue {issue} names no test"
