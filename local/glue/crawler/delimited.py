"""CSV: which sign stands between columns, whether the first line names them, and what types they have.

AWS's own classifier knows comma, bar, tab, semicolon and Ctrl-A, wants two columns and two lines, and takes the first line for a
header only if each of its cells is a text of less than 150 characters that can be a name, and below it stands something that
is no text. So a file of nothing but texts has columns col0, col1, ... A custom classifier says some of this itself.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as arrow

from local.glue.crawler.kinds import TEXT, UNSEEN, Columns
from local.glue.crawler.objects import Beginning
from local.glue.crawler.shapes import LAZY, OPEN_CSV, Shape

DELIMITERS = (",", "|", "\t", ";", "\x01")
RECORDS, LOOKED_AT = 1000, 50
LONGEST_NAME = 150
_NAME = re.compile(r"[^\x00-\x1f]+")
_PATTERNS = {
    "bigint": r"^[+-]?[0-9]{1,18}$",
    "double": r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?$",
    "boolean": r"(?i)^(true|false)$",
}
DECLARED = {
    "BINARY": "binary", "BOOLEAN": "boolean", "DATE": "date", "DECIMAL": "decimal", "DOUBLE": "double", "FLOAT": "float",
    "INT": "int", "LONG": "bigint", "SHORT": "smallint", "STRING": "string", "TIMESTAMP": "timestamp",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What a classifier knows before it looks; the empty one is AWS's own.

    `header` is PRESENT, ABSENT or UNKNOWN; `names` and `types` are those of the columns, in their order.
    """

    delimiter: str = ""
    quote: str = ""
    header: str = "UNKNOWN"
    names: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    single: bool = False
    trimmed: bool = False
    serde: str = ""


def shape(beginning: Beginning, dialect: Dialect) -> Shape | None:
    """The columns of an object; nothing if it is no CSV in this dialect."""
    try:
        return _shape(beginning, dialect)
    except csv.Error:  # line ends within a line, or a field beyond all measure
        return None


def _shape(beginning: Beginning, dialect: Dialect) -> Shape | None:
    lines = _first_lines(beginning)
    delimiter = dialect.delimiter or _delimiter(lines, quote=dialect.quote or '"')
    if not lines or not (delimiter or dialect.single):
        return None
    rows = _rows(lines, delimiter=delimiter or ",", quote=dialect.quote or '"')
    if rows is None or rows.num_columns < (1 if dialect.single else 2) or not _fits(rows, dialect):
        return None
    columns = _columns(rows, dialect)
    if columns is None:
        return None
    named, described = columns
    content = b"\n".join(lines)
    return Shape(
        classification="csv",
        compression=beginning.compression,
        columns=described,
        delimiter=delimiter or ",",
        quote=dialect.quote,
        header=named,
        serde=_serde(dialect),
        rows=rows.num_rows - named,
        width=max(1, len(content) // max(1, len(lines))),
        whole=beginning.whole and len(lines) <= RECORDS,
    )


def _serde(dialect: Dialect) -> str:
    """A quote sign asks for the serde that knows quotes, unless the classifier names one."""
    named = {"OpenCSVSerDe": OPEN_CSV, "LazySimpleSerDe": LAZY}
    return named.get(dialect.serde) or (OPEN_CSV if dialect.quote else LAZY)


def _first_lines(beginning: Beginning) -> list[bytes]:
    if b"\x00" in beginning.content[:4096]:
        return []
    lines = io.BytesIO(beginning.content.removeprefix(b"\xef\xbb\xbf"))
    found = [line.rstrip(b"\r\n") for line, _ in zip(lines, range(RECORDS + 1), strict=False)]
    return [line for line in found if line]


def _delimiter(lines: Sequence[bytes], *, quote: str) -> str:
    """The sign that gives the most lines the same number of columns, the more columns the better."""
    text = [line.decode("utf-8", "replace") for line in lines[:LOOKED_AT]]
    best = ("", 0.0, 0)
    for sign in DELIMITERS:
        counts = [len(row) for row in csv.reader(text, delimiter=sign, quotechar=quote)]
        width = counts[0] if counts else 0
        share = sum(count == width for count in counts) / max(1, len(counts))
        if width > 1 and share > 0.5 and (round(share, 1), width) > best[1:]:
            best = (sign, round(share, 1), width)
    return best[0]


def _rows(lines: Sequence[bytes], *, delimiter: str, quote: str) -> pa.Table | None:
    """The lines as a table of texts as wide as the first; shorter lines are filled up, longer ones are left out."""
    width = len(next(csv.reader([lines[0].decode("utf-8", "replace")], delimiter=delimiter, quotechar=quote)))
    names = [str(number) for number in range(width)]
    sign = delimiter.encode()
    even = [line + sign * max(0, width - 1 - line.count(sign)) for line in lines]
    dialect = arrow.ParseOptions(delimiter=delimiter, quote_char=quote, invalid_row_handler=lambda _: "skip", ignore_empty_lines=False)
    wanted = arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    read = arrow.ReadOptions(column_names=names, use_threads=False)
    try:
        return arrow.read_csv(io.BytesIO(b"\n".join(even) + b"\n"), read, dialect, wanted)
    except pa.ArrowInvalid:
        return None


def _fits(rows: pa.Table, dialect: Dialect) -> bool:
    """Whether names and types that a classifier gives are as many as the columns; AWS's own classifier wants two lines."""
    given = [each for each in (dialect.names, dialect.types) if each]
    enough = rows.num_rows >= (1 if dialect.header == "PRESENT" else 2)
    return enough and all(len(each) == rows.num_columns for each in given)


def _columns(rows: pa.Table, dialect: Dialect) -> tuple[bool, Columns] | None:
    """Whether the first line is a header, and the columns; nothing if a classifier's header is not the file's."""
    first = [str(column[0].as_py()) for column in rows.columns]
    below = [_kind(column, trimmed=dialect.trimmed) for column in rows.slice(1).columns]
    named = dialect.header == "PRESENT" or (dialect.header == "UNKNOWN" and is_header(first, below))
    if named and dialect.names and [each.strip().lower() for each in first] != [each.strip().lower() for each in dialect.names]:
        return None
    names = dialect.names or (first if named else [f"col{number}" for number in range(len(first))])
    kinds = [DECLARED[each.upper()] for each in dialect.types]
    kinds = kinds or (below if named else [_kind(column, trimmed=dialect.trimmed) for column in rows.columns])
    return named, dict(zip(_distinct(names), kinds, strict=True))


def is_header(first: Sequence[str], below: Sequence[str]) -> bool:
    """Whether AWS's classifier takes a line for a header, given the types of the columns below it."""
    cells = first[:-1] if first and not first[-1] else first  # a delimiter may stand at the end of the line
    names = all(len(each) < LONGEST_NAME and _NAME.fullmatch(each) and _kind_of(each) == TEXT for each in cells)
    return bool(cells) and names and any(each not in (TEXT, UNSEEN) for each in below)


def _kind_of(value: str) -> str:
    return _kind(pa.chunked_array([pa.array([value])]), trimmed=False)


def _kind(column: Any, *, trimmed: bool) -> str:
    """The type of all values of a column; empty ones do not count."""
    values = compute.utf8_trim_whitespace(column) if trimmed else column
    values = values.filter(compute.not_equal(values, ""))
    if not len(values):
        return UNSEEN
    return next((kind for kind, pattern in _PATTERNS.items() if compute.all(compute.match_substring_regex(values, pattern)).as_py()), TEXT)


def _distinct(names: Sequence[str]) -> list[str]:
    """Names as the catalog has them: lower case, none empty, none twice."""
    found: list[str] = []
    for number, name in enumerate(names):
        plain = name.strip().lower() or f"col{number}"
        found.append(plain if plain not in found else f"{plain}_{number}")
    return found
