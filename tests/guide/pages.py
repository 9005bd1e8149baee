"""Reading a page: its files, its commands and the output each should have."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(?P<language>\w+)(?: title=(?P<title>\S+))?(?P<edit> edit)?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"sh", "text", "python", "sql", "csv", "json"}


@dataclass(frozen=True)
class Block:
    """A fenced block: a file (with a title), an edit of one, commands (sh), or the lines that the commands before it print (text)."""

    language: str
    title: str
    edit: bool
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, in order; ValueError for a fence that no reader of pages would understand."""
    text = page.read_text()
    found = list(FENCE.finditer(text))
    if 2 * len(found) != len(re.findall(r"^```", text, re.MULTILINE)):
        raise ValueError(f"{page.name}: a block is not closed, or its first line is not `language title=FILE`")
    for each in found:
        if each["language"] not in LANGUAGES or (each["language"] not in ("sh", "text")) != bool(each["title"]):
            raise ValueError(f"{page.name}: {each[0].splitlines()[0]}: a file has a title, commands and output have none")
        yield Block(each["language"], each["title"] or "", bool(each["edit"]), each["text"])


def edited(text: str, *, change: str) -> str:
    """A file's text with the one line replaced that begins like `change`, up to its first equals sign."""
    start = change.split("=", 1)[0] + "="
    lines = text.splitlines(keepends=True)
    [at] = [number for number, each in enumerate(lines) if each.startswith(start)]
    return "".join([*lines[:at], change, *lines[at + 1 :]])


def missing(output: str, *, expected: str) -> str:
    """The first expected line that the output lacks after the ones before it; empty if it has all. Runs of spaces count as one."""
    lines = iter(" ".join(each.split()) for each in output.splitlines())
    return next((each for each in expected.splitlines() if not any(" ".join(each.split()) in line for line in lines)), "")
