"""Keys that S3 does not take, which the emulator would.

A key has at most 1024 bytes of UTF-8. A key may hold `..` as a step only while, read from the left, such steps never outnumber the
other ones: `a/../b` is a key, `a/../../b` leads out of the bucket and is none. S3 answers both with 400: with a
code to the first, with an empty body to the second (as others have seen: floci-io/floci issues 1231 and 1320, versity/versitygw pull
request 1365).
"""

from collections.abc import Callable
from typing import Any

from ministack.services import s3

from local.seams import replace

MOST_BYTES = 1024


def plug_in() -> None:
    """Refuse such keys wherever an object begins."""
    for name, more in (
        ("_put_object", "body: bytes, headers: dict"),
        ("_copy_object", "headers: dict"),
        ("_create_multipart_upload", "headers: dict"),
    ):
        _guard(name, more)


def _guard(name: str, more: str) -> None:
    key = "dest_key" if name == "_copy_object" else "key"

    def begin(bucket_name: str, key: str, *rest: Any) -> Any:
        return refusal(key) or original(bucket_name, key, *rest)

    original: Callable[..., Any] = replace(s3, name, expected=f"(bucket_name: str, {key}: str, {more})", by=begin)


def refusal(key: str) -> Any:
    """S3's answer to a key that is none; None if it is one."""
    if len(key.encode(errors="surrogatepass")) > MOST_BYTES:
        return s3._error("KeyTooLongError", "Your key is too long", 400)
    if leads_out(key):
        return 400, {}, b""
    return None


def leads_out(key: str) -> bool:
    """Whether steps up outnumber steps down anywhere, read from the left."""
    depth = 0
    for step in key.split("/"):
        depth += -1 if step == ".." else 1 if step not in ("", ".") else 0
        if depth < 0:
            return True
    return False
