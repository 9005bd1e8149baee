"""The bytes of an object, as a file that looks like bytes.

A `Body` is a mapped file: the emulator takes its length, slices it, hashes it and writes it as it would do with bytes.
Mapped pages belong to the system and go with the request. Slices longer than `LONG` are views, not copies.
"""

import mmap
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LONG = 1 << 20
RELEASE_EVERY = 8


class Body(mmap.mmap):
    """The bytes of a file that is not empty, read only. `path` is where it lay when it was opened."""

    path: Path
    received: "Received | None" = None

    def __new__(cls, path: Path) -> "Body":
        """Map the file: from then on its bytes stay, whatever happens to its name."""
        with path.open("rb") as file:
            body = super().__new__(cls, file.fileno(), 0, access=mmap.ACCESS_READ)
        body.path = path
        return body

    def __getitem__(self, key: Any) -> Any:
        """Bytes, or for a long slice a view."""
        start, stop, step = key.indices(len(self)) if isinstance(key, slice) else (0, 0, 1)
        return memoryview(self)[start:stop] if step == 1 and stop - start > LONG else super().__getitem__(key)


class Received:
    """A file that is being received, in the home's own temporary folder: on the disk of the objects, so that it can be linked."""

    def __init__(self) -> None:
        number, name = tempfile.mkstemp(prefix="body-")
        self.path, self._file = Path(name), os.fdopen(number, "wb")
        self.drop = weakref.finalize(self, self.path.unlink, missing_ok=True)

    def append(self, chunk: Any) -> None:
        """Write some bytes."""
        self._file.write(chunk)

    def append_file(self, path: Path) -> None:
        """Write a whole file, without reading it into memory."""
        with path.open("rb") as source:
            shutil.copyfileobj(source, self._file, LONG)

    def body(self) -> Any:
        """What was received. Its file goes when nobody holds the body any more."""
        self._file.close()
        body = opened(self.path)
        if isinstance(body, Body):
            body.received = self
        return body


def opened(path: Path) -> Any:
    """The bytes of a file."""
    return Body(path) if path.stat().st_size else b""


def chunks(body: Any) -> Iterator[bytes]:
    """A body or a view of one in pieces; what has been read does not stay in this process's memory."""
    view = memoryview(body)
    for number, begin in enumerate(range(0, len(view), LONG), start=1):
        yield bytes(view[begin : begin + LONG])
        if number % RELEASE_EVERY == 0 and isinstance(view.obj, Body):
            view.obj.madvise(mmap.MADV_DONTNEED)
