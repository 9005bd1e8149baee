"""The records of a CSV text, each with its lines. A broken one costs its first line: those after it are read again, on their own."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO, TextIO

from lakemill.lines import BLANKS, LINE_LIMIT

LONGEST = 2 * LINE_LIMIT  # characters of a line or record that are held; what is longer is no row
_MARK = b"\xef\xbb\xbf"


class Source:
    """The lines of a text. Those of the present record are `taken`, and it begins behind `before` others."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._waiting: deque[str] = deque()
        self._size = 0
        self.before = 0
        self.taken: list[str] = []
        self.cut = False

    def lines(self) -> Iterator[str]:
        """The lines from here on; csv.Error where a record grows beyond all reason."""
        waiting, text = self._waiting, self._text
        while line := waiting.popleft() if waiting else text.readline(LONGEST):
            self.taken.append(line)
            self._size += len(line)
            if self._size >= LONGEST:
                self._skip(line)
                raise csv.Error("a record without end")
            yield line

    def begin(self) -> None:
        """The next line is the first of a record."""
        self.before += len(self.taken)
        self.taken, self._size = [], 0

    def give_back(self) -> None:
        """All but the first line of the present record are read again."""
        self._waiting.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]

    def _skip(self, line: str) -> None:
        """Leaves the rest of a line that is too long to be held."""
        while line and line[-1] not in "\r\n":
            line = self._text.readline(LONGEST)


def records(source: Source, *, width: int = 0) -> Iterator[list[str] | None]:
    """The records that are not blank; None for one whose quotes are broken, or that runs over lines and has another width than given."""
    reader = csv.reader(source.lines(), strict=True)
    while True:
        source.begin()
        record: list[str] | None
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            source.give_back()
            record, reader = None, csv.reader(source.lines(), strict=True)
        if record is not None and width and len(record) != width and len(source.taken) > 1:
            source.give_back()
            record = None
        if record is None or len(record) > 1 or (record and record[0].strip(BLANKS)):
            yield record


def decoded(stream: BinaryIO, *, fallback: str) -> TextIO:
    """The text of a stream, its lines as they end, without a mark of byte order. Bytes that are not UTF-8 are letters of the fallback."""
    csv.field_size_limit(LONGEST)
    assert isinstance(stream, io.BufferedReader)
    if stream.peek(len(_MARK))[: len(_MARK)] == _MARK:
        stream.read(len(_MARK))
    return io.TextIOWrapper(stream, encoding="utf-8", errors=_else(fallback), newline="")


@cache
def _else(encoding: str) -> str:
    """The name under which Python's decoders find how to read a byte that is not theirs."""

    def read(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        return error.object[error.start : error.end].decode(encoding, errors="replace"), error.end

    codecs.register_error(f"else-{encoding}", read)
    return f"else-{encoding}"
