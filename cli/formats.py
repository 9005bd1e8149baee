"""Answers as text: tables for people, CSV and JSON for programs."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from enum import StrEnum

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from cli.athena import Answer, Column

_WHOLE = {"tinyint", "smallint", "integer", "int", "bigint"}
_BEYOND = 100_000  # columns of text: more than any table is wide
_FRACTIONS = {"double", "float", "real"}


class Format(StrEnum):
    """Forms of an answer."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def as_csv(answer: Answer) -> str:
    """CSV with a header; null is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in answer.columns)
    writer.writerows(answer.rows)
    return text.getvalue()


def as_json(answer: Answer) -> str:
    """A JSON array with one object per line. Numbers and booleans are themselves, decimals and all else are text."""
    lines = (
        json.dumps({column.name: _value(column, cell) for column, cell in zip(answer.columns, row, strict=True)}, ensure_ascii=False)
        for row in answer.rows
    )
    return "[" + ",\n ".join(lines) + "]\n"


def show_table(answer: Answer, console: Console) -> None:
    """A table, or one block per row where the terminal is too narrow for it."""
    table = as_table([column.name for column in answer.columns], answer.rows, right=[column.is_number for column in answer.columns])
    unbounded = console.options.update(max_width=_BEYOND)
    if Measurement.get(console, unbounded, table).maximum <= console.width or len(answer.columns) < 2:
        console.print(table)
    else:
        _show_blocks(answer, console)


def as_table(names: Sequence[str], rows: Iterable[Sequence[str | None]], *, right: Sequence[bool], fold: str = "") -> Table:
    """A table with a line below its names; cells stay on one line, but for the column to `fold` where width is short."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for name, is_right in zip(names, right, strict=True):
        table.add_column(Text(name), justify="right" if is_right else "left", no_wrap=name != fold)
    for row in rows:
        table.add_row(*(Text("null", style="dim") if cell is None else Text(cell) for cell in row))
    return table


def _show_blocks(answer: Answer, console: Console) -> None:
    width = max(len(column.name) for column in answer.columns)
    for number, row in enumerate(answer.rows, start=1):
        console.print(Text(f"row {number}", style="bold"))
        for column, cell in zip(answer.columns, row, strict=True):
            value = Text("null", style="dim") if cell is None else Text(cell)
            console.print(Text.assemble(f"  {column.name:<{width}}  ", value), soft_wrap=True)


def _value(column: Column, cell: str | None) -> object:
    if cell is None:
        return None
    if column.type in _WHOLE:
        return int(cell)
    if column.type in _FRACTIONS:
        return _fraction(cell)
    return cell == "true" if column.type == "boolean" else cell


def _fraction(cell: str) -> object:
    number = float(cell)
    return number if abs(number) < float("inf") else cell  # JSON has no NaN and no infinity
