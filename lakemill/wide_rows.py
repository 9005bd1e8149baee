"""The lines of a file as rows of a wide dataset: values in their types, or a reason why a line is none."""

import csv
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from lakemill.declare import Column, Type
from lakemill.lines import LINE_LIMIT, unpacked
from lakemill.wide import WideDataset

ROW_LIMIT = 2**20  # bytes; Keyspaces takes no larger row
RAW_CHARACTERS = 4096
_NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)")
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_FLOATED = re.compile(r"([0-9]+)[.]0+")
_CENTS = Decimal("0.0001")


class HeaderError(ValueError):
    """The file's header is not the dataset's: says what is missing and what it found."""


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
    """The sha256 of what a file holds, packed or not."""
    digest = hashlib.sha256()
    with path.open("rb") as packed:
        for block in iter(partial(unpacked(packed, name=path.name).read, 2**20), b""):
            digest.update(block)
    return digest.hexdigest()


def rows(path: Path, *, dataset: WideDataset) -> Iterator[Row | Refused]:
    """Every line below the header; HeaderError if it lacks a required column. Blank lines are none."""
    encoding = encoding_of(path, fallback=dataset.fallback)
    with path.open("rb") as packed:
        lines = _decoded(unpacked(packed, name=path.name), encoding=encoding)
        reader = csv.reader(lines, strict=True)
        _, first = next(_records(reader), (1, None))
        header = [name.strip() for name in first or ()]
        reading = Reading(dataset, header=header)
        for line, record in _records(reader):
            yield reading.row(line, record)


def encoding_of(path: Path, *, fallback: str) -> str:
    """utf-8-sig if the whole file is UTF-8, else the fallback."""
    import codecs

    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as packed:
        stream = unpacked(packed, name=path.name)
        try:
            for block in iter(partial(stream.read, 2**20), b""):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return fallback
    return "utf-8-sig"


class Reading:
    """How the records of one file become rows: where each column stands, and how its text is read."""

    def __init__(self, dataset: WideDataset, *, header: Sequence[str]) -> None:
        self._width = len(header)
        self._columns = [(column, place_of(column, dataset=dataset, header=header)) for column in dataset.columns]
        missing = [column.name for column, place in self._columns if place is None and column.required]
        if missing:
            wanted = "; ".join(f"{name} ({' or '.join(dataset.names_of(name))})" for name in missing)
            raise HeaderError(f"the header lacks {wanted}; it says {', '.join(header)[:300] or 'nothing'}")
        self._parsers = [parser(column, dataset=dataset) for column in dataset.columns]

    def row(self, line: int, record: Sequence[str] | None) -> Row | Refused:
        """The record as a row, or why it is none."""
        if record is None or len(record) != self._width:
            return Refused(line, "broken_line", ",".join(record or [])[:RAW_CHARACTERS])
        values = []
        for (column, place), parse in zip(self._columns, self._parsers, strict=True):
            text = record[place].strip() if place is not None else ""
            value = parse(text) if text else None
            if value is None and (text or column.required):
                return Refused(line, _reason(column, text=text), ",".join(record)[:RAW_CHARACTERS])
            values.append(value)
        if sum(map(len, record)) * 4 > ROW_LIMIT and len(",".join(record).encode()) > ROW_LIMIT - 1024:
            return Refused(line, "row_too_large", ",".join(record)[:RAW_CHARACTERS])
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


def _records(reader: Any) -> Iterator[tuple[int, list[str] | None]]:
    """Records with the lines they begin in; None for one whose quotes are broken."""
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            record = None
        if record is None or any(record):
            yield line, record


def _decoded(stream: BinaryIO, *, encoding: str) -> Iterable[str]:
    import io

    csv.field_size_limit(2 * LINE_LIMIT)
    return io.TextIOWrapper(stream, encoding=encoding, newline="")


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
    return float(text) if _NUMBER.fullmatch(text) else None


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
