"""A raw file as lines: unpacked, counted, and never more of them in memory than a block and one row."""

import gzip
import io
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, cast

BLANKS = "".join(map(chr, range(33)))
LINE_LIMIT = 2**20  # bytes of one row, which every reader holds in memory
COLUMN_LIMIT = 20_000  # Spark's parser fails a whole job at 20,480
RATIO_LIMIT, RATIO_FLOOR = 200, 2**24  # a gzip file may not grow to more than 200 times its size, once it has grown to 16 MiB
_MARK = "\xef\xbb\xbf"
_BLOCK = 2**20
_BLANK_LINE = re.compile("\n[\x00-\x20]*\n")


class LimitError(ValueError):
    """The file is larger in some way than any reader should have to bear."""


def unpacked(stream: BinaryIO, *, name: str) -> BinaryIO:
    """The file's own bytes: what a name ending in .gz holds, or the stream as it is."""
    return io.BufferedReader(_Unpacked(stream), 2**16) if name.endswith(".gz") else stream


class _Packed:
    """A stream whose bytes are counted as they are read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.size += len(piece)
        return piece


class _Unpacked(io.RawIOBase):
    """What a gzip stream holds; LimitError once it grows beyond all reason."""

    def __init__(self, stream: BinaryIO) -> None:
        self._packed, self._size = _Packed(stream), 0
        self._plain = gzip.GzipFile(fileobj=cast(BinaryIO, self._packed), mode="rb")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self._plain.readinto(buffer)
        self._size += size
        if self._size > RATIO_FLOOR and self._size > RATIO_LIMIT * self._packed.size:
            raise LimitError("gzip_grows_too_much")
        return size


class Lines:
    """The file's lines, counted as they pass. `blank` marks the one that just passed, `held` is the size of the present row so far.

    With `skims`, blocks in which every line is surely one row are counted as a whole, many times faster, and do not pass:
    `skimmed` is their lines.
    """

    def __init__(self, stream: BinaryIO, *, skims: bool = False) -> None:
        # Latin-1 never fails and keeps quotes, commas and line ends where they are: only the header needs UTF-8.
        self._text = io.TextIOWrapper(stream, encoding="latin-1", newline="")
        self._ends: list[str] = []
        self._skims = skims
        self.filled = 0
        self.skimmed = 0
        self.start = ""
        self.blank = False
        self.held = 0

    def __iter__(self) -> Iterator[str]:
        for position, line in enumerate(self._lines()):
            text = line.removeprefix(_MARK) if position == 0 else line
            self.start = self.start or text[:4]
            self._end("\r\n" if line.endswith("\r\n") else line[-1])
            self.blank = not text.strip(BLANKS)
            self.filled += not self.blank
            self.held += len(line)
            if self.held > COLUMN_LIMIT:
                self._bear(line)
            yield text

    def _lines(self) -> Iterator[str]:
        if first := self._text.readline(LINE_LIMIT + 1):
            yield first
        while block := self._text.read(_BLOCK):
            block += self._text.readline(LINE_LIMIT + 1)
            # After a quote nobody but a parser knows where a row ends.
            self._skims = self._skims and bool(self.filled) and '"' not in first and '"' not in block
            if not (self._skims and self._skim(block)):
                yield from iter(partial(io.StringIO(block, newline="").readline, LINE_LIMIT + 1), "")

    def _skim(self, block: str) -> bool:
        """Count the block's lines if all end alike, none is blank and none is long."""
        lines, returns = block.count("\n"), block.count("\r")
        if returns and not returns == lines == block.count("\r\n"):
            return False
        if block[-1] != "\n" or not _bearable(block) or _BLANK_LINE.search("\n" + block):
            return False
        self._end("\r\n" if returns else "\n")
        self.filled += lines
        self.skimmed += lines
        return True

    def _end(self, end: str) -> None:
        if end not in self._ends:
            self._ends.append(end)

    def _bear(self, line: str) -> None:
        if self.held > LINE_LIMIT:
            raise LimitError("row_too_long")
        if line.count(",") >= COLUMN_LIMIT:
            raise LimitError("too_many_columns")

    @property
    def mixed(self) -> bool:
        """Whether a parser that goes by the first line's end would see other lines than this one does."""
        return "\r" in self._ends or ("\r\n" in self._ends and self._ends[0] != "\r\n")


def _bearable(block: str) -> bool:
    at = 0
    while len(block) - at > COLUMN_LIMIT:
        at = block.rfind("\n", at, at + COLUMN_LIMIT) + 1
        if not at:
            return False
    return True
