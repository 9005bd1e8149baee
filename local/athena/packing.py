"""Compressed text: Athena tells it by the end of an object's name.

It reads bzip2, deflate, gzip, lz4, lzo, snappy and zstandard. The three of them that Hadoop frames in its own way are not read here, nor
zip, whose bytes AWS would take for text.
"""

import bz2
import gzip
import zlib
from collections.abc import Callable

import pyarrow as pa

from local.athena.failures import QueryFailure, not_supported


def _zstandard(content: bytes) -> bytes:
    return bytes(pa.input_stream(pa.py_buffer(content), compression="zstd").read())


_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "bz2": bz2.decompress,
    "deflate": zlib.decompress,
    "gz": gzip.decompress,
    "zst": _zstandard,
}
_REFUSED = ("lz4", "lzo", "snappy", "zip")


def packing(path: str) -> str:
    """How an object is packed: the end of its name, or nothing. Raises QueryFailure for what is not read here."""
    end = path.rpartition("/")[2].rpartition(".")[2]
    if end in _REFUSED:
        raise not_supported(f"reading text that is packed as {end} ({path})")
    return end if end in _UNPACK else ""


def unpacked(content: bytes, path: str) -> bytes:
    """The content of an object. Raises QueryFailure if it is not packed as its name says."""
    unpack = _UNPACK.get(packing(path), bytes)
    try:
        return unpack(content)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise QueryFailure("HIVE_BAD_DATA", f"{path} is not whole: {error}") from error
