"""What a load would do, worked out before anything is sent: which files, under which keys, which are there already."""

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from pathlib import Path
from typing import Any

from cli.problem import Problem

SUFFIXES = (".csv", ".csv.gz")
WORKERS = 8
_GZIP = b"\x1f\x8b"


class State(Enum):
    """How a file compares with what the bucket holds under its key."""

    NEW = auto()
    SAME = auto()
    OTHER = auto()


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One file and the key it goes to."""

    path: Path
    key: str
    bytes: int
    sha256: str
    state: State = State.NEW


def planned(dataset: str, paths: Sequence[Path]) -> tuple[Upload, ...]:
    """The uploads for files and folders; one Problem that names everything wrong with them."""
    files, problems = _files(paths)
    problems += _twice(files)
    uploads = []
    for path in files:
        fault = _fault(path)
        if fault:
            problems.append(f"{path}: {fault}")
        else:
            uploads.append(Upload(path=path, key=f"{dataset}/{path.name}", bytes=path.stat().st_size, sha256=_sha256(path)))
    if problems:
        raise Problem("nothing was loaded: " + "; ".join(problems), "Mend that, or name other files, then load again")
    return tuple(uploads)


def compared(s3: Any, bucket: str, uploads: Iterable[Upload]) -> tuple[Upload, ...]:
    """The uploads with their state against the bucket."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return tuple(pool.map(partial(_compared, s3, bucket), uploads))


def _files(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    files: list[Path] = []
    problems = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES) and file.is_file())
            files += inside
            problems += [] if inside else [f"{path}: no {' or '.join(SUFFIXES)} files in this folder"]
        elif not path.exists():
            problems.append(f"{path}: no such file")
        elif not path.name.endswith(SUFFIXES):
            problems.append(f"{path}: not a {' or '.join(SUFFIXES)} file")
        else:
            files.append(path)
    return list({file.resolve(): file for file in files}.values()), problems


def _twice(files: Sequence[Path]) -> list[str]:
    names = [file.name for file in files]
    return [f"{name}: two files of this name would meet under one key" for name in sorted({n for n in names if names.count(n) > 1})]


def _fault(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(2)
        if not start:
            return "is empty"
        if path.name.endswith(".gz"):
            if start != _GZIP:
                return "is named .gz and is not gzip"
            with gzip.open(path) as inside:
                return "" if inside.read(1) else "is empty inside"
    except (OSError, EOFError, zlib.error) as error:
        return f"cannot be read ({getattr(error, 'strerror', None) or error})"
    return ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _compared(s3: Any, bucket: str, upload: Upload) -> Upload:
    from botocore.exceptions import ClientError

    try:
        there = s3.head_object(Bucket=bucket, Key=upload.key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return upload
        raise
    same = there.get("Metadata", {}).get("sha256") == upload.sha256
    return Upload(path=upload.path, key=upload.key, bytes=upload.bytes, sha256=upload.sha256, state=State.SAME if same else State.OTHER)
