"""CSV: which sign stands between columns, whether the first line names them, and what types they have.

AWS's own classifier knows comma, bar, tab, semicolon and Ctrl-A, wants two columns and two lines, and takes the first line for a
header only if each of its cells is a text of less than 150 characters that can be a name, and below it stands something that
is no text. So a file of nothing but texts has columns col0, col1, ... A custom classifier says some of this itself.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from local.glue.crawler.kinds import TEXT, UNSEEN, Columns
from local.glue.crawler.objects import Beginning
from local.glue.crawler.shapes import LAZY, OPEN_CSV, Shape

DELIMITERS = (",", "|", "\t", ";", "\x01")
RECORDS, LOOKED_AT = 1000, 50
LONGEST_NAME = 150
_NAME = re.compile(r"[^\x00-\x1f]+")
_PATTERNS = {
    "bigint": re.compile(r"[+-]?[0-9]{1,18}").fullmatch,
    "double": re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,3})?").fullmatch,
    "boolean": re.compile(r"true|false", re.IGNORECASE).fullmatch,
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
    except (csv.Error, UnicodeDecodeError):  # line ends within a line, a field beyond all measure, or no text at all
        return None


def _shape(beginning: Beginning, dialect: Dialect) -> Shape | None:
    lines = _first_lines(beginning)
    quote = dialect.quote or '"'
    delimiter = dialect.delimiter or _delimiter(lines, quote=quote)
    if not lines or not (delimiter or dialect.single):
        return None
    rows = _rows(lines, delimiter=delimiter or ",", quote=quote)
    if len(rows[0]) < (1 if dialect.single else 2) or not _fits(rows, dialect):
        return None
    columns = _columns(rows, dialect)
    if columns is None:
        return None
    named, described = columns
    return Shape(
        classification="csv",
        compression=beginning.compression,
        columns=described,
        delimiter=delimiter or ",",
        quote=dialect.quote,
        header=named,
        serde=_serde(dialect),
        rows=len(rows) - named,
        width=max(1, (len("\n".join(lines).encode())) // len(lines)),
        whole=beginning.whole and len(lines) <= RECORDS,
    )


def _serde(dialect: Dialect) -> str:
    """A quote sign asks for the serde that knows quotes, unless the classifier names one."""
    named = {"OpenCSVSerDe": OPEN_CSV, "LazySimpleSerDe": LAZY}
    return named.get(dialect.serde) or (OPEN_CSV if dialect.quote else LAZY)


def _first_lines(beginning: Beginning) -> list[str]:
    if b"\x00" in beginning.content[:4096]:
        return []
    lines = io.BytesIO(beginning.content.removeprefix(b"\xef\xbb\xbf"))
    found = (line.rstrip(b"\r\n").decode() for line in islice(lines, RECORDS + 1))
    return [line for line in found if line]


def _delimiter(lines: Sequence[str], *, quote: str) -> str:
    """The sign that gives the most lines the same number of columns, the more columns the better."""
    best = ("", 0.0, 0)
    for sign in DELIMITERS:
        counts = [len(row) for row in _split(lines[:LOOKED_AT], delimiter=sign, quote=quote)]
        width = counts[0] if counts else 0
        share = sum(count == width for count in counts) / max(1, len(counts))
        if width > 1 and share > 0.5 and (round(share, 1), width) > best[1:]:
            best = (sign, round(share, 1), width)
    return best[0]


def _split(lines: Iterable[str], *, delimiter: str, quote: str) -> Iterator[list[str]]:
    """The fields of each line. A quote that is not closed ends with its line: the serdes read lines."""
    for line in lines:
        yield from csv.reader((line,), delimiter=delimiter, quotechar=quote)


def _rows(lines: Sequence[str], *, delimiter: str, quote: str) -> list[list[str]]:
    """The fields of lines as wide as the first; shorter lines are filled up, longer ones are left out."""
    rows = list(_split(lines, delimiter=delimiter, quote=quote))
    width = len(rows[0])
    return [row + [""] * (width - len(row)) for row in rows if len(row) <= width]


def _fits(rows: Sequence[Sequence[str]], dialect: Dialect) -> bool:
    """Whether names and types that a classifier gives are as many as the columns; AWS's own classifier wants two lines."""
    given = [each for each in (dialect.names, dialect.types) if each]
    enough = len(rows) >= (1 if dialect.header == "PRESENT" else 2)
    return enough and all(len(each) == len(rows[0]) for each in given)


def _columns(rows: Sequence[Sequence[str]], dialect: Dialect) -> tuple[bool, Columns] | None:
    """Whether the first line is a header, and the columns; nothing if a classifier's header is not the file's."""
    first = rows[0]
    below = [kind_of(column, trimmed=dialect.trimmed) for column in zip(*rows[1:], strict=True)] or [UNSEEN] * len(first)
    named = dialect.header == "PRESENT" or (dialect.header == "UNKNOWN" and is_header(first, below))
    if named and dialect.names and [each.strip().lower() for each in first] != [each.strip().lower() for each in dialect.names]:
        return None
    names = dialect.names or (first if named else [f"col{number}" for number in range(len(first))])
    kinds = [DECLARED[each.upper()] for each in dialect.types]
    kinds = kinds or (below if named else [kind_of(column, trimmed=dialect.trimmed) for column in zip(*rows, strict=True)])
    return named, dict(zip(_distinct(names), kinds, strict=True))


def is_header(first: Sequence[str], below: Sequence[str]) -> bool:
    """Whether AWS's classifier takes a line for a header, given the types of the columns below it."""
    cells = first[:-1] if first and not first[-1] else first  # a delimiter may stand at the end of the line
    names = all(len(each) < LONGEST_NAME and _NAME.fullmatch(each) and kind_of([each]) == TEXT for each in cells)
    return bool(cells) and names and any(each not in (TEXT, UNSEEN) for each in below)


def kind_of(values: Iterable[str], *, trimmed: bool = False) -> str:
    """The type of all values of a column; empty ones do not count."""
    seen = [value for each in values if (value := each.strip() if trimmed else each)]
    if not seen:
        return UNSEEN
    return next((kind for kind, matches in _PATTERNS.items() if all(map(matches, seen))), TEXT)


def _distinct(names: Sequence[str]) -> list[str]:
    """Names as the catalog has them: lower case, none empty, none twice."""
    found: list[str] = []
    for number, name in enumerate(names):
        plain = name.strip().lower() or f"col{number}"
        found.append(plain if plain not in found else f"{plain}_{number}")
    return found
