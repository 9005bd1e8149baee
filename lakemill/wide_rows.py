"""The lines of a file as rows of a wide dataset: values in their types, or a reason why a line is none."""

import gzip
import hashlib
import math
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from lakemill.declare import Column, Type
from lakemill.lines import LimitError, unpacked
from lakemill.wide import WideDataset
from lakemill.wide_lines import Source, decoded, records

ROW_LIMIT = 2**20  # bytes; Keyspaces takes no larger row
RAW_CHARACTERS = 4096
_NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)")
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_FLOATED = re.compile(r"([0-9]+)[.]0+")
_CENTS = Decimal("0.0001")
_HEADER_SHOWN = 300
_OTHERS = {
    "PAR1": "Parquet",
    "PK\x03\x04": "a zip archive or a workbook",
    "\x8b\x08": "gzip: name it .csv.gz",
    "\xff\xfe": "UTF-16",
    "\xfe\xff": "UTF-16",
}


class HeaderError(ValueError):
    """The file's header is not the dataset's: says what is missing and what it found."""


class UnreadableError(ValueError):
    """The file cannot be unpacked to its end: says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line's values, in the order of the dataset's columns."""

    line: int
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is no row, the reason, and its text, shortened."""

    line: int
    reason: str
    raw: str


Parser = Callable[[str], Any]
REMEMBERED = 50_000  # quantities, prices and times come again and again, and reading them is slow


def fingerprint(path: Path) -> str:
    """The sha256 of what a file holds, packed or not. UnreadableError for one that cannot be unpacked to its end."""
    digest = hashlib.sha256()
    with path.open("rb") as packed:
        stream = unpacked(packed, name=path.name)
        try:
            for block in iter(partial(stream.read, 2**20), b""):
                digest.update(block)
        except (EOFError, LimitError, gzip.BadGzipFile, zlib.error) as error:
            raise UnreadableError("it unpacks to more than is likely" if isinstance(error, LimitError) else str(error)) from error
    return digest.hexdigest()


def rows(path: Path, *, dataset: WideDataset) -> Iterator[Row | Refused]:
    """Every line below the header; HeaderError if it lacks a required column. Blank lines are none."""
    with path.open("rb") as packed:
        source = Source(decoded(unpacked(packed, name=path.name), fallback=dataset.fallback))
        header = [name.strip() for name in next(records(source), None) or ()]
        reading = Reading(dataset, header=header)
        for record in records(source, width=len(header)):
            yield reading.row(source.before + 1, record, source.taken)


class Reading:
    """How the records of one file become rows: where each column stands, and how its text is read."""

    def __init__(self, dataset: WideDataset, *, header: Sequence[str]) -> None:
        self._width = len(header)
        self._columns = [(column, place_of(column, dataset=dataset, header=header)) for column in dataset.columns]
        missing = [column.name for column, place in self._columns if place is None and column.required]
        if missing:
            wanted = "; ".join(f"{name} ({' or '.join(dataset.names_of(name))})" for name in missing)
            raise HeaderError(f"the header lacks {wanted}; it {said(header)}")
        self._parsers = [parser(column, dataset=dataset) for column in dataset.columns]

    def row(self, line: int, record: Sequence[str] | None, lines: Sequence[str]) -> Row | Refused:
        """The record that these lines are as a row, or why it is none."""
        if record is None or len(record) != self._width:
            return _refused(line, "broken_line", lines)
        values = []
        for (column, place), parse in zip(self._columns, self._parsers, strict=True):
            text = record[place].strip() if place is not None else ""
            value = parse(text) if text else None
            if value is None and (text or column.required):
                return _refused(line, _reason(column, text=text), lines)
            values.append(value)
        if sum(map(len, record)) * 4 > ROW_LIMIT and len(",".join(record).encode()) > ROW_LIMIT - 1024:
            return _refused(line, "row_too_large", lines)
        return Row(line, tuple(values))


def place_of(column: Column, *, dataset: WideDataset, header: Sequence[str]) -> int | None:
    """Where a column stands in a header; None if it is not there. HeaderError if it stands there twice."""
    places = [place for place, name in enumerate(header) if name in dataset.names_of(column.name)]
    if len(places) > 1:
        raise HeaderError(f"the header has {column.name} twice: {', '.join(header[place] for place in places)}")
    return places[0] if places else None


def parser(column: Column, *, dataset: WideDataset) -> Parser:
    """How a column's text is read; None for a text that is no value of it."""
    if column.type is Type.TEXT:
        return _identifier if column.name in dataset.ids else _text
    if column.type in (Type.DATE, Type.TIMESTAMP):
        return _remembered(partial(_moment, styles=dataset.formats[column.name], dates=column.type is Type.DATE))
    return _remembered(PARSERS[column.type])


def _remembered(parse: Parser) -> Parser:
    return lru_cache(maxsize=REMEMBERED)(parse)


def said(header: Sequence[str]) -> str:
    """What a header says instead of what it should, safe to print; or what the file seems to be."""
    text = ", ".join(header)
    other = next((kind for mark, kind in _OTHERS.items() if text.startswith(mark)), "")
    if other:
        return f"is {other}"
    shown = "".join(sign if sign.isprintable() else "·" for sign in text[:_HEADER_SHOWN])
    return f"says {shown}" if text else "says nothing"


def _refused(line: int, reason: str, lines: Sequence[str]) -> Refused:
    return Refused(line, reason, "".join(lines)[:RAW_CHARACTERS].rstrip("\r\n"))


def _reason(column: Column, *, text: str) -> str:
    wrong = {Type.DATE: "date", Type.TIMESTAMP: "timestamp", Type.BOOLEAN: "boolean", Type.TEXT: "text"}
    return f"not_a_{wrong.get(column.type, 'number')}:{column.name}" if text else f"missing:{column.name}"


def _text(text: str) -> str | None:
    return None if "\0" in text else text


def _identifier(text: str) -> str | None:
    floated = _FLOATED.fullmatch(text)
    return floated[1] if floated else _text(text)


def _whole(text: str, *, limit: int) -> int | None:
    plain = _identifier(text) or ""
    value = int(plain) if _WHOLE.fullmatch(plain) else None
    return value if value is not None and -limit <= value < limit else None


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text).quantize(_CENTS) if _NUMBER.fullmatch(text) else None
    except InvalidOperation:
        return None
    return value if value is None or abs(value) < 10**14 else None


def _double(text: str) -> float | None:
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    return value if math.isfinite(value) else None


def _moment(text: str, *, styles: tuple[str, ...], dates: bool) -> Any:
    for style in styles:
        try:
            moment = datetime.strptime(text, style)
        except ValueError:
            continue
        return moment.date() if dates else moment
    return None


PARSERS: Mapping[Type, Parser] = {
    Type.INTEGER: partial(_whole, limit=2**31),
    Type.LONG: partial(_whole, limit=2**63),
    Type.DECIMAL: _decimal,
    Type.DOUBLE: _double,
    Type.BOOLEAN: {"true": True, "false": False}.get,
}
