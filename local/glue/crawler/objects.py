"""The beginnings of objects: what a crawl lists and reads, as its role.

AWS looks at the first thousand records or the first megabyte of an object, whatever comes first; so does this. Of
compressed objects gzip and bzip2 are unpacked. AWS does zip, lz4 and snappy too; here, as everywhere zstandard, their
content is not recognised. Marks of folders, empty objects, and names and folders that begin with `_` or `.` are left out.
"""

import bz2
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

BEGINNING = 1 << 20
_FOOTER = 1 << 16
_PARQUET = b"PAR1"


@dataclass(frozen=True)
class Target:
    """Where a crawl looks: `prefix` is empty or ends in a slash."""

    bucket: str
    prefix: str
    exclusions: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The folder's name, or the bucket's."""
        return self.prefix.rstrip("/").rpartition("/")[2] or self.bucket


@dataclass(frozen=True)
class Object:
    """One object: its key, what of it lies below the target, and its size in bytes."""

    key: str
    path: str
    size: int


@dataclass(frozen=True)
class Beginning:
    """The first bytes of an object, unpacked, up to the end of a line unless the object is `whole`; or the end of a Parquet file."""

    content: bytes
    compression: str = "none"
    whole: bool = False
    parquet: bool = False


def listed(s3: Any, target: Target) -> Iterator[Object]:
    """The objects below a target, in the order of their keys."""
    excluded = [pattern(glob) for glob in target.exclusions]
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=target.bucket, Prefix=target.prefix):
        for each in page.get("Contents", ()):
            path = each["Key"][len(target.prefix) :]
            hidden = any(part[:1] in ("", "_", ".") for part in path.split("/"))
            if each["Size"] and not hidden and not any(one.fullmatch(path) for one in excluded):
                yield Object(each["Key"], path, each["Size"])


def beginning(s3: Any, bucket: str, found: Object) -> Beginning:
    """What a crawl reads of an object."""
    body = _range(s3, bucket, found.key, first=0, last=min(found.size, BEGINNING) - 1)
    if body.startswith(_PARQUET):
        return Beginning(_end(s3, bucket, found), parquet=True)
    packed = _packing(body)
    content, whole = _unpacked(body, packed) if packed != "none" else (body, True)
    whole = whole and len(body) == found.size and len(content) <= BEGINNING
    return Beginning(content if whole else content[: content.rfind(b"\n") + 1], packed, whole)


def pattern(glob: str) -> re.Pattern[str]:
    """An exclusion: `*` within a folder, `**` across folders, `?`, `[a-z]` and `{a,b}`."""
    parts, depth = [], 0
    for sign in re.findall(r"\*\*|\*|\?|\[[^\]]*\]|\\.|[{},]|[^*?\[{},\\]+", glob):
        depth += (sign == "{") - (sign == "}")
        known = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
        if sign == ",":
            parts.append("|" if depth else ",")
        else:
            parts.append(known.get(sign) or (sign.replace("[!", "[^") if sign[0] in "[\\" else re.escape(sign)))
    return re.compile("".join(parts), re.DOTALL)


def sampled(objects: Sequence[Object], size: int) -> list[Object]:
    """The first objects of each folder, `size` at most; all if it is 0."""
    if not size:
        return list(objects)
    taken: dict[str, list[Object]] = {}
    for each in objects:
        taken.setdefault(each.path.rpartition("/")[0], []).append(each)
    return [each for folder in taken.values() for each in folder[:size]]


def _range(s3: Any, bucket: str, key: str, *, first: int, last: int) -> bytes:
    return bytes(s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={first}-{last}")["Body"].read())


def _end(s3: Any, bucket: str, found: Object) -> bytes:
    """A Parquet file's footer, which stands at its end."""
    last = found.size - 1
    tail = _range(s3, bucket, found.key, first=max(0, found.size - _FOOTER), last=last)
    wanted = int.from_bytes(tail[-8:-4], "little") + 8
    return tail if wanted <= len(tail) else _range(s3, bucket, found.key, first=max(0, found.size - wanted), last=last)


def _packing(body: bytes) -> str:
    return "gzip" if body.startswith(b"\x1f\x8b") else "bzip2" if body.startswith(b"BZh") else "none"


def _unpacked(body: bytes, packing: str) -> tuple[bytes, bool]:
    """The first bytes, and whether there are no more of them. Nothing for a file that is broken."""
    try:
        if packing == "gzip":
            unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
            return unpack.decompress(body, BEGINNING), unpack.eof and not unpack.unused_data
        reader = bz2.BZ2Decompressor()
        return reader.decompress(body, BEGINNING), reader.eof
    except (zlib.error, OSError, EOFError):
        return b"", False
