"""The intake check: one pass over a raw file, before and apart from Spark, that says what the file holds.

Its row count is the number every later step must account for. Lines that Spark skips (nothing but blanks and
control characters) are no rows here either. A file is read line by line unless quoted newlines stand in it, its quoting
is sound and its line ends are of one kind.
"""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import BinaryIO

from lakemill.declare import Dataset
from lakemill.lines import COLUMN_LIMIT, LimitError, Lines, unpacked

UNSUPPORTED = (".bz2", ".deflate", ".lz4", ".snappy", ".zst", ".zip")
PARQUET = "PAR1"
PATTERN = "{}[]*?\\"
POLICIES = (ADDITIVE, STRICT) = ("additive", "strict")


@dataclass(frozen=True, kw_only=True)
class RawFile:
    """One object of the raw zone: key, version (S3 VersionId or ETag), size in bytes and UTC day of its arrival (2026-11-21)."""

    key: str
    version: str
    size: int
    day: str = ""


class ChangedError(RuntimeError):
    """The object is no longer there in the version that was listed."""


@dataclass(frozen=True, kw_only=True)
class Intake:
    """What one pass found: header names, rows below the header, and whether rows run over several lines.

    A file with a `fault` is refused as a whole and counts as its rows; one that cannot be read as rows counts as one.
    """

    header: tuple[str, ...] = ()
    rows: int = 0
    quoted_newlines: bool = False
    fault: str = ""


def examine(stream: BinaryIO, *, name: str) -> Intake:
    """Read the file to its end and count. `name` ending in .gz means gzip. Never raises for what a file holds."""
    if not addressable(name):
        return _unreadable("name_not_supported")
    if name.endswith(UNSUPPORTED):
        return _unreadable("compression_not_supported")
    try:
        return _count(unpacked(stream, name=name))
    except LimitError as error:
        return _unreadable(str(error))
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return _unreadable("broken_gzip")
    except UnicodeDecodeError:
        return _unreadable("header_not_utf8")


def addressable(key: str) -> bool:
    """Whether Spark reads this very object by its key: paths are tidied on the way, and some names are taken for unfinished files."""
    parts = key.split("/")
    if ":" in key and set(key) & set(PATTERN):  # Hadoop cannot look for a pattern with a colon in it
        return False
    return key.isprintable() and not {"", ".", ".."} & set(parts) and not parts[-1].endswith("._COPYING_")


def alike(taken: Iterable[tuple[RawFile, Intake]]) -> Iterator[tuple[Intake, list[RawFile]]]:
    """Files that hold rows, grouped by what one read can take: the same header, and rows over several lines or not."""

    def shape(each: tuple[RawFile, Intake]) -> tuple[tuple[str, ...], bool]:
        return each[1].header, each[1].quoted_newlines

    readable = sorted((each for each in taken if each[1].rows and not each[1].fault), key=lambda each: (shape(each), each[0].key))
    for _, group in groupby(readable, key=shape):
        members = list(group)
        yield members[0][1], [file for file, _ in members]


def checked(intake: Intake, *, dataset: Dataset, policy: str) -> Intake:
    """The same, with a fault if no row under this header may be a record. `policy` strict refuses columns that nobody declared."""
    fault = intake.fault or header_fault(intake.header, dataset=dataset)
    unknown = unknown_columns(intake.header, dataset=dataset)
    if not fault and unknown and policy == STRICT:
        fault = f"unknown_column:{unknown[0]}"
    return replace(intake, fault=fault, rows=max(1, intake.rows)) if fault else intake


def header_fault(header: tuple[str, ...], *, dataset: Dataset) -> str:
    """Why no row under this header can be a record, as a reason; empty if rows can."""
    known = [column.header for column in dataset.columns]
    for name in known:
        if header.count(name) > 1:
            return f"unreadable_file:column_twice:{name}"
    for column in dataset.columns:
        if column.required and column.header not in header:
            return f"missing_column:{column.header}"
    return ""


def unknown_columns(header: tuple[str, ...], *, dataset: Dataset) -> list[str]:
    """Header names that the declaration neither keeps nor drops."""
    known = {column.header for column in dataset.columns} | set(dataset.dropped)
    return [name for name in header if name not in known]


def records(stream: BinaryIO, *, name: str, spans: bool) -> Iterator[tuple[int, int, str]]:
    """Each record of a file: its turn (the header's is 0), the line it starts in, and its text, of which `received` gives the bytes.

    `spans` says that rows run over several lines; else each line with something in it is a row.
    """
    lines = Lines(unpacked(stream, name=name))
    turn = 0
    for line, text in _rows(lines) if spans else enumerate(lines, 1):
        lines.held = 0
        if spans or not lines.blank:
            yield turn, line, text
            turn += 1


def _rows(lines: Lines) -> Iterator[tuple[int, str]]:
    held: list[str] = []

    def remembered() -> Iterator[str]:
        for line in lines:
            held.append(line)
            yield line

    reader = csv.reader(remembered(), strict=True)
    read = 0
    for _ in reader:
        first, read = read + 1, reader.line_num
        text = "".join(held)
        held.clear()
        if first != read or not lines.blank:
            yield first, text


def received(text: str) -> bytes:
    """The bytes of a record, without its line's end."""
    return text.removesuffix("\n").removesuffix("\r").encode("latin-1")


def _count(stream: BinaryIO) -> Intake:
    lines = Lines(stream, skims=True)
    source = iter(lines)
    reader = csv.reader(source, strict=True)
    header: list[str] = []
    records, read, spans = 0, 0, False
    try:
        for record in reader:
            alone = reader.line_num == read + 1
            read, lines.held = reader.line_num, 0
            if len(record) > COLUMN_LIMIT:
                raise LimitError("too_many_columns")
            if alone and lines.blank:
                continue
            spans = spans or not alone
            header = header or record
            records += 1
    except csv.Error:
        # Broken quoting spoils the lines it stands in, not the file: here a line is a row.
        spans = False
        for _ in source:
            lines.held = 0
    if not lines.filled:
        return _unreadable("empty")
    if not header or lines.start == PARQUET:
        return _unreadable("header_broken" if lines.start != PARQUET else "parquet")
    spans = spans and not lines.mixed
    return Intake(header=_decoded(header), rows=(records + lines.skimmed if spans else lines.filled) - 1, quoted_newlines=spans)


def _decoded(header: list[str]) -> tuple[str, ...]:
    return tuple(name.encode("latin-1").decode("utf-8").strip() for name in header)


def _unreadable(why: str) -> Intake:
    return Intake(rows=1, fault=f"unreadable_file:{why}")
