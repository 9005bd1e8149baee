"""Parts of an upload: each in a file, until they become one file.

The emulator holds every part in memory and joins them there. Two lines of its CompleteMultipartUpload do that; they are
rewritten, and all its checks and answers stay as they are. Uploads that are not complete end with the home.
"""

from pathlib import Path
from typing import Any

from ministack.services import s3

from local.objects.bodies import Body, Received
from local.seams import replace, rewritten

DIGEST = ('hashlib.md5(stored["body"]).digest()', 'bytes.fromhex(stored["etag"].strip(chr(34)))')
JOIN = ('b"".join(combined_parts)', "home_joined(combined_parts)")


class Part:
    """A part's bytes in a file of their own, which goes with the part."""

    def __init__(self, data: Any) -> None:
        kept = data.received if isinstance(data, Body) else None
        if kept is None:
            kept = Received()
            kept.append(data)
            kept.body()
        self._received, self._size = kept, len(data)

    def __len__(self) -> int:
        return self._size

    @property
    def path(self) -> Path:
        """The file."""
        return self._received.path


def plug_in() -> None:
    """Keep parts in files, and join files."""

    def upload(bucket_name: str, key: str, body: Any, query_params: dict[str, Any], headers: dict[str, str]) -> Any:
        answer = take(bucket_name, key, body, query_params, headers)
        _keep(query_params)
        return answer

    def copy(bucket_name: str, dest_key: str, query_params: dict[str, Any], headers: dict[str, str]) -> Any:
        answer = take_copy(bucket_name, dest_key, query_params, headers)
        _keep(query_params)
        return answer

    signature = "(bucket_name: str, key: str, body: bytes, query_params: dict, headers: dict)"
    take = replace(s3, "_upload_part", expected=signature, by=upload)
    take_copy = replace(s3, "_upload_part_copy", expected="(bucket_name: str, dest_key: str, query_params: dict, headers: dict)", by=copy)
    complete = rewritten(s3, "_complete_multipart_upload", changes=(DIGEST, JOIN), names={"home_joined": joined})
    signature = "(bucket_name: str, key: str, body: bytes, query_params: dict, headers: dict | None = None)"
    replace(s3, "_complete_multipart_upload", expected=signature, by=complete)


def joined(parts: list[Part]) -> Any:
    """One body of all parts."""
    whole = Received()
    for part in parts:
        whole.append_file(part.path)
    return whole.body()


def _keep(query: dict[str, Any]) -> None:
    """Move what an upload has just got into a file."""
    upload = s3._multipart_uploads.get(s3._qp(query, "uploadId")) or {"parts": {}}
    for part in upload["parts"].values():
        if not isinstance(part["body"], Part):
            part["body"] = Part(part["body"])
