"""Each page of docs/guide works as it is written: its files, its commands, its outputs, in a fresh copy of the project."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.flows.platform import ROOT, copied
from tests.guide.pages import Block, blocks, edited, missing

GUIDE = ROOT / "docs" / "guide"
STORY = ("dataset.md", "curated-table.md", "flow.md")
ALONE = ("model.md",)


@dataclass(frozen=True)
class Reader:
    """Somebody who does what a page says, in a copy of the project."""

    project: Path

    def run(self, commands: str) -> str:
        """The output of commands, each of which must succeed."""
        env = {**os.environ, "LAKEMILL_HOME": str(self.project / ".local/home"), "CDK_VALIDATION": "false", "PYTHONPATH": str(self.project)}
        env["PATH"] = f"{self.project}/bin:{env['PATH']}"
        ended = subprocess.run(
            ["bash", "-euc", commands], cwd=self.project, env=env, capture_output=True, text=True, timeout=600, check=False
        )
        assert ended.returncode == 0, f"{commands}\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout + ended.stderr

    def write(self, block: Block) -> None:
        """A file that the page shows, or its changed line."""
        file = self.project / block.title
        file.write_text(edited(file.read_text(), change=block.text) if block.edit else block.text)

    def follow(self, page: Path) -> None:
        """Everything the page says, in its order."""
        output = ""
        for block in blocks(page):
            if block.language == "sh":
                output = self.run(block.text)
            elif block.language == "text":
                assert not missing(output, expected=block.text), f"{page.name}: this line is not in\n{output}"
            else:
                self.write(block)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    project = copied(tmp_path_factory.mktemp("guide") / "project")
    # `mill` of a set-up project: the link in .venv leads to the original, this one to the copy.
    (project / "bin").mkdir()
    (project / "bin/mill").symlink_to(project / "cli/mill")
    following = Reader(project)
    try:
        following.run("mill up")
        yield following
    finally:
        following.run("mill down --erase --yes")


@pytest.mark.slow
@pytest.mark.parametrize("page", STORY + ALONE)
def test_a_page_works_as_it_is_written(reader: Reader, page: str) -> None:
    reader.follow(GUIDE / page)


@pytest.mark.slow
def test_rows_that_a_retry_moved_move_once_and_each_row_of_the_story_is_in_one_place(reader: Reader) -> None:
    """Ends the story of the first page: what its retry moved is not moved again, what it left stays refused."""
    again = reader.run("mill quarantine retry coffee_orders")
    assert "No row of coffee_orders moved." in again
    assert "not_a_timestamp:sold_at" in again
    counts = "sum(rows_in) as i, sum(rows_cleaned) as c, sum(rows_quarantined) as q, sum(rows_duplicate) as d"
    told = reader.run(f"mill query \"select {counts} from cleaned.ledger where dataset = 'coffee_orders'\" --format csv")
    assert told.splitlines()[:2] == ["i,c,q,d", "12,11,1,0"]
    held = "(select count(*) from cleaned.coffee_orders) as c, (select count(*) from quarantine.coffee_orders) as q"
    assert reader.run(f'mill query "select {held}" --format csv').splitlines()[:2] == ["c,q", "11,1"]


def test_every_page_is_in_the_story_and_can_be_read() -> None:
    assert {each.name for each in GUIDE.glob("*.md")} == {*STORY, *ALONE, "README.md"}
    for page in STORY + ALONE:
        kinds = [each.language for each in blocks(GUIDE / page)]
        assert "sh" in kinds
        assert "text" in kinds


def test_a_missing_or_misplaced_line_is_noticed() -> None:
    assert missing("a\nb  1\nc\n", expected="a\nb 1\n") == ""
    assert missing("b\na\n", expected="a\nb\n") == "b"
    assert missing("", expected="a\n") == "a"


def test_a_block_that_no_reader_understands_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```python\nx = 1\n```\n")
    with pytest.raises(ValueError, match="a file has a title"):
        list(blocks(page))
