"""Answers in the three forms, and numbers as people read them."""

import json
from io import StringIO

import pytest
from rich.console import Console

from cli.athena import Answer, Column
from cli.formats import as_csv, as_json, show_table
from cli.words import count, duration, size

ANSWER = Answer(
    columns=(
        Column(name="name", type="varchar"),
        Column(name="calls", type="bigint"),
        Column(name="share", type="double"),
        Column(name="paid", type="decimal(10,2)"),
        Column(name="is_short", type="boolean"),
    ),
    rows=(("Ann, 'é'", "12", "0.5", "1.10", "true"), (None, "3", "NaN", None, "false")),
    seconds=0.5,
    bytes_scanned=1500,
)


def _shown(answer: Answer, *, width: int) -> str:
    console = Console(file=StringIO(), width=width)
    show_table(answer, console)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_csv_has_a_header_and_empty_nulls() -> None:
    assert as_csv(ANSWER) == "name,calls,share,paid,is_short\n\"Ann, 'é'\",12,0.5,1.10,true\n,3,NaN,,false\n"


def test_json_keeps_numbers_exact_and_is_always_json() -> None:
    first, second = json.loads(as_json(ANSWER))
    assert first == {"name": "Ann, 'é'", "calls": 12, "share": 0.5, "paid": "1.10", "is_short": True}
    assert second == {"name": None, "calls": 3, "share": "NaN", "paid": None, "is_short": False}


def test_json_of_no_rows_is_an_empty_array() -> None:
    empty = Answer(columns=ANSWER.columns, rows=(), seconds=0, bytes_scanned=0)
    assert json.loads(as_json(empty)) == []


def test_a_table_shows_names_rows_and_nulls_without_control_characters() -> None:
    text = _shown(ANSWER, width=100)
    assert "name" in text
    assert "null" in text
    assert "\x1b" not in text


def test_an_answer_wider_than_the_terminal_is_shown_row_by_row_and_whole() -> None:
    text = _shown(ANSWER, width=30)
    assert "row 2" in text
    assert "Ann, 'é'" in text


def test_brackets_in_values_are_not_taken_for_markup() -> None:
    answer = Answer(columns=(Column(name="[red]x", type="varchar"),), rows=(("[bold]a[/]",),), seconds=0, bytes_scanned=0)
    assert "[bold]a[/]" in _shown(answer, width=80)


@pytest.mark.parametrize(("seconds", "text"), [(0.012, "12 ms"), (3.44, "3.4 s"), (125, "2 min 05 s"), (119.7, "2 min 00 s")])
def test_durations_are_readable(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 KB"), (2_000_000_000, "2.0 GB")])
def test_sizes_are_readable(number: int, text: str) -> None:
    assert size(number) == text


def test_counts_have_their_plural() -> None:
    assert [count(1, "file"), count(12345, "row")] == ["1 file", "12,345 rows"]
