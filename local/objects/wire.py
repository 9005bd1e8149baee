"""Large requests for S3 are received into a file, and bodies are sent out of theirs, piece by piece."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from ministack import app
from ministack.core.iam_evaluator import pin_signed_body

from local.objects.bodies import LONG, Body, Received, chunks
from local.seams import replace, rewritten

SCOPE = re.compile(r"/s3/aws4_request\b")
COLLECT = ("    chunks = []\n", "    chunks = home_received()\n")
JOIN = ('b"".join(chunks)', "chunks.body()")
Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]


def plug_in() -> None:
    """Replace how the emulator reads large requests for S3, and how it sends."""

    async def read(receive: Callable[[], Awaitable[Message]], method: str, headers: dict[str, str]) -> Any:
        if not _large(method, headers):
            return await read_all(receive, method, headers)
        raw = await _receive(receive)
        pin_signed_body(raw)
        if len(raw) != int(headers["content-length"]):
            refused = app._IncompleteRequestBody("Content-Length does not match request body")
            refused.body = b""
            raise refused
        try:
            return decode(raw, headers)
        except app._IncompleteRequestBody as error:
            error.body = b""
            raise

    async def send(out: Send, status: int, headers: dict[str, str], body: Any, *, head: bool = False) -> None:
        if not isinstance(body, Body | memoryview) or head:
            await send_all(out, status, headers, body, head=head)
            return
        if "content-length" not in {name.lower() for name in headers}:
            headers["Content-Length"] = str(len(body))
        await out({"type": "http.response.start", "status": status, "headers": app._asgi_header_list(headers)})
        for chunk in chunks(body):
            await out({"type": "http.response.body", "body": chunk, "more_body": True})
        await out({"type": "http.response.body", "body": b"", "more_body": False})

    decode = rewritten(app, "_decode_aws_chunked_body", changes=(COLLECT, JOIN), names={"home_received": Received})
    read_all = replace(app, "_read_request_body", expected="(receive, method: str, headers: dict) -> bytes", by=read)
    send_all = replace(app, "_send_response", expected="(send, status, headers, body, *, head=False)", by=send)


def _large(method: str, headers: dict[str, str]) -> bool:
    length = headers.get("content-length", "").strip()
    return method == "PUT" and length.isdigit() and int(length) >= LONG and bool(SCOPE.search(headers.get("authorization", "")))


async def _receive(receive: Callable[[], Awaitable[Message]]) -> Any:
    file = Received()
    while True:
        message = await receive()
        if message.get("type") == "http.disconnect":
            file.drop()
            raise app._RequestBodyDisconnected
        file.append(message.get("body", b""))
        if not message.get("more_body", False):
            return file.body()
