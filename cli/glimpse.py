"""A look at both ends of a file: enough to tell which months its rows belong to, without reading it all."""

import csv
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from lakemill.declare import Column, Dataset
from lakemill.moments import python_format

END = 64 * 1024
Read = Callable[[int, int], bytes]


def months_at_the_ends(read: Read, size: int, *, dataset: Dataset, name: str) -> Sequence[str] | None:
    """Months (2019-01) of the rows in the first and the last 64 KiB, in order; None if the dataset's rows have no months.

    `read` gives the bytes between two positions, both included. Of a compressed file only the beginning can be read.
    """
    if not dataset.months_of:
        return None
    column = dataset.column(dataset.months_of)
    whole = size <= 2 * END
    first = read(0, (size if whole else END) - 1) if size else b""
    packed = name.endswith(".gz")
    lines = _lines(_unpacked(first) if packed else first, cut_at_the_end=packed or not whole)
    if not lines:
        return []
    header, rows = lines[0].encode("latin-1").decode("utf-8-sig", errors="replace"), lines[1:]
    if not (whole or packed):
        rows += _lines(read(size - END, size - 1), cut_at_the_end=False)[1:]  # the first of them is the rest of a row
    return sorted(set(_months(header, rows, column=column)))


def _months(header: str, rows: Sequence[str], *, column: Column) -> Iterator[str]:
    names = [name.strip() for name in next(csv.reader([header]), [])]
    if column.header not in names:
        return
    place, form = names.index(column.header), python_format(column)
    for row in rows:
        cells = next(csv.reader([row]), [])
        try:
            found = datetime.strptime(cells[place], form)
            yield f"{found.astimezone(UTC) if found.tzinfo else found:%Y-%m}"
        except (ValueError, IndexError):
            continue  # a row that will be refused, or half a row of several lines


def _lines(content: bytes, *, cut_at_the_end: bool) -> list[str]:
    lines = [line for line in content.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.strip()]
    return lines[:-1] if cut_at_the_end and len(lines) > 1 else lines


def _unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(content, END)
    except zlib.error:
        return b""
