"""Objects on disk: a body and its description (`.meta.json`) change together or not at all, and killing the home loses none.

Both are written under other names and renamed together (`redo.py`) before the answer is sent: what was acknowledged
stands. The disk is not forced to write (`fsync`): a process that is killed loses nothing by that, a machine without
power may.
"""

import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import s3

from local import redo
from local.objects.bodies import Body, opened
from local.seams import replace

_replaced: dict[str, Any] = {}


def plug_in() -> None:
    """Replace how the emulator writes and reads its files."""
    _replaced["entry"] = replace(s3, "_version_entry_from_record", expected="(obj: dict, version_id: str, data) -> dict", by=_entry)
    replace(s3, "_persist_object", expected="(bucket: str, key: str, obj)", by=_persist)
    replace(s3, "_atomic_write", expected="(fpath: str, data: bytes, *, text: bool = False)", by=_write)
    replace(s3, "_read_body", expected="(bucket_name: str, key: str, obj: dict) -> bytes", by=_read)
    signature = "(bucket_name: str, key: str, version_id: str | None = None) -> bytes | None"
    _replaced["data"] = replace(s3, "_get_object_data", expected=signature, by=_bytes)
    replace(s3, "_version_body", expected="(bucket: dict, bucket_name: str, key: str, v: dict) -> bytes | None", by=_read_version)


def _entry(obj: dict[str, Any], version_id: str, data: Any) -> Any:
    """A version without its bytes: they are in a file."""
    return _replaced["entry"](obj, version_id, None if data is None or s3.S3_PERSIST else data)


def _bytes(bucket_name: str, key: str, version_id: str | None = None) -> bytes | None:
    """An object for another service of the emulator, which takes bytes only: a template, a function's code."""
    found = _replaced["data"](bucket_name, key, version_id)
    return None if found is None else bytes(found)


def _persist(bucket: str, key: str, obj: dict[str, Any]) -> None:
    """Write an object; an OSError (a full disk) fails the request, where the emulator would only warn."""
    target = s3._object_disk_path(bucket, key)
    if target is None:
        raise OSError(f"s3://{bucket}/{key} has no place on disk")
    Path(target).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    meta = {**s3._object_meta_from_record(obj), **s3._key_history_meta(bucket, key), "key": key}
    renames = {} if obj.get("body") is None else _prepared(target, obj["body"])
    renames |= _prepared(f"{target}.meta.json", json.dumps(meta).encode())
    redo.together(Path(s3.DATA_DIR), renames)
    obj["body"] = None
    s3._remove_key_files(s3._other_key_disk_path(str(Path(s3.DATA_DIR) / get_account_id() / bucket), key, target))


def _write(fpath: str, data: Any, *, text: bool = False) -> None:
    """Write a single file whole or not at all."""
    for new, target in _prepared(fpath, data.encode() if text else data).items():
        Path(new).replace(target)


def _prepared(target: str, data: Any) -> dict[str, str]:
    """A new file that holds `data` and shall be called `target`; nothing if `target` is that very file already."""
    new = f"{target}.{secrets.token_hex(6)}.tmp"
    if isinstance(data, Body) and data.path.exists():
        if Path(target).exists() and data.path.samefile(target):
            return {}
        try:
            os.link(data.path, new)
        except OSError:
            shutil.copyfile(data.path, new)
        return {new: target}
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    return {new: target}


def _read(bucket_name: str, key: str, obj: dict[str, Any]) -> Any:
    if obj.get("body") is not None:
        return obj["body"]
    path = s3._object_disk_path(bucket_name, key)
    if path is None or not Path(path).is_file():
        raise OSError(f"the body of s3://{bucket_name}/{key} is missing in {s3.DATA_DIR}")
    return opened(Path(path))


def _read_version(bucket: dict[str, Any], bucket_name: str, key: str, v: dict[str, Any]) -> Any:
    if v.get("data") is not None:
        return v["data"]
    if s3._version_file_exists(bucket_name, key, v["version_id"]):
        return opened(Path(s3._version_disk_path(bucket_name, key, v["version_id"])))
    current = bucket["objects"].get(key)
    if current is not None and (current.get("version_id") or "null") == v["version_id"]:
        return _read(bucket_name, key, current)
    return None
