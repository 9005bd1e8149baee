"""A declaration's text from a file's header and first rows."""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cli.declare.guessing import Guess, guessed, personal
from cli.problem import Problem
from lakemill.declare import NAME, PROVENANCE, Type

ROWS = 10_000  # are read for the guess


@dataclass(frozen=True)
class Draft:
    """One column as it will be declared."""

    name: str
    header: str
    guess: Guess
    required: bool
    personal: bool

    @property
    def line(self) -> str:
        """The column's line in the declaration."""
        parts = [f'name="{self.name}"']
        parts += [f"source={json.dumps(self.header, ensure_ascii=False)}"] if self.header != self.name else []
        parts += [f"type=Type.{self.guess.type.name}"] if self.guess.type is not Type.TEXT else []
        parts += [f'format="{self.guess.format}"'] if self.guess.format else []
        parts += ["required=True"] if self.required else []
        parts += ["pii=True"] if self.personal else []
        return f"Column({', '.join(parts)}),"


def read(file: Path) -> tuple[list[str], list[list[str]]]:
    """Header and first rows of a CSV file, plain or .gz; a Problem if it has none."""
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rb") as binary:
            lines = csv.reader(io.TextIOWrapper(binary, encoding="utf-8-sig", newline=""), strict=True)
            rows = list(islice(lines, ROWS + 1))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise Problem(f"{file} cannot be read as CSV ({error})", "Save it as comma-separated UTF-8 text with a header") from error
    header, *below = [row for row in rows if row] or [[]]
    if not below:
        raise Problem(f"{file} has no row below a header", "Give a file with some rows: types are guessed from values")
    if len(header) == 1:
        what = f"{file} has one column only, {header[0]!r}"
        raise Problem(what, "Columns must be separated by commas; docs/guide/dataset.md says how to put them there")
    return header, [row for row in below if len(row) == len(header)]


def drafted(header: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Draft, ...]:
    """Columns with names for SQL and the types that their values fit.

    Required are the first column and the first time of those that are never empty: rows that lack one later are refused.
    """
    drafts: list[Draft] = []
    for position, title in enumerate(header):
        values = [row[position] for row in rows]
        name = _name(title, position=position, taken=[each.name for each in drafts])
        guess, full = guessed(values), bool(values) and all(value.strip() for value in values)
        first = not any(each.required for each in drafts)
        first_time = guess.type is Type.TIMESTAMP and not any(each.required and each.guess.type is Type.TIMESTAMP for each in drafts)
        drafts.append(Draft(name, title, guess, required=full and (first or first_time), personal=personal(title)))
    return tuple(drafts)


def text(dataset: str, *, drafts: Iterable[Draft]) -> str:
    """The module's text."""
    columns = list(drafts)
    months = next((each.name for each in columns if each.required and each.guess.type is Type.TIMESTAMP), "")
    typed = ", Type" if any(each.guess.type is not Type.TEXT for each in columns) else ""
    lines = [
        f'"""{dataset}: guessed from a file; read every line."""',
        "",
        f"from lakemill.declare import Column, Dataset{typed}",
        "",
        "DATASET = Dataset(",
        f'    name="{dataset}",',
        '    description="What a row is",',
        "    columns=(",
        *(f"        {each.line}" for each in columns),
        "    ),",
        *([f'    months_of="{months}",'] if months else []),
        ")",
    ]
    return "\n".join(lines) + "\n"


def _name(title: str, *, position: int, taken: Sequence[str]) -> str:
    """A header as SQL and Python write names: `Order No.` becomes order_no, and never one that the platform keeps for itself."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", title.strip())
    name = re.sub(r"[^a-z0-9]+", "_", split.lower()).strip("_")[:60]
    name = name if NAME.fullmatch(name) else f"column_{position + 1}"
    name = f"{name}_" if name in PROVENANCE else name
    return name if name not in taken else f"{name}_{position + 1}"
