"""Result files: how Athena writes and reads back the rows of a query.

CSV: every value in double quotes, null is nothing, one header row, `\\n` after each line. Utility statements write `.txt`:
lines, no header, no final newline; a line is one value, whatever tabs are in it. GetQueryResults reads the file with its caller's
rights, a page at a time; the page token is the byte where the next row starts.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

from botocore.exceptions import ClientError

from local.athena.failures import QueryFailure, Refusal
from local.athena.lake import bucket_and_key

Row = list[str | None]
_FIELD = re.compile(rb'(?:"((?:[^"]|"")*)"|)([,\n])')
_CHUNK = 1 << 20


def write_csv(out: IO[bytes], names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> int:
    """Write a header and rows; returns the number of rows."""
    out.write(_line(names))
    count = 0
    for row in rows:
        out.write(_line(row))
        count += 1
    return count


def write_text(out: IO[bytes], rows: Iterable[Sequence[str | None]]) -> int:
    """Write the rows of a utility statement; returns their number."""
    lines = ["\t".join(value or "" for value in row) for row in rows]
    out.write("\n".join(lines).encode())
    return len(lines)


def upload(s3: Any, location: str, body: IO[bytes], encryption: dict[str, str]) -> None:
    """Put a result file. Raises QueryFailure, in Athena's words, when the caller may not."""
    bucket, key = bucket_and_key(location)
    body.seek(0)
    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/octet-stream", **encryption_headers(encryption))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchBucket":
            raise QueryFailure("", f"Unable to verify/create output bucket {bucket}") from error
        raise QueryFailure(
            "",
            f"Access denied when writing output to url: {location} . Please ensure you are allowed to access the S3 bucket. If you are "
            f"encrypting query results with KMS key, please ensure you are allowed to access your KMS key ({code})",
        ) from error


def encryption_headers(encryption: dict[str, str]) -> dict[str, str]:
    """put_object arguments for an Athena EncryptionConfiguration."""
    option = encryption.get("EncryptionOption")
    if option == "SSE_KMS":
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encryption["KmsKey"]}
    return {"ServerSideEncryption": "AES256"} if option == "SSE_S3" else {}


def read_page(s3: Any, location: str, offset: int, limit: int) -> tuple[list[Row], int | None]:
    """Up to `limit` rows from byte `offset`, and the byte of the row after them (None at the end)."""
    bucket, key = bucket_and_key(location)
    try:
        found = s3.get_object(Bucket=bucket, Key=key, **({"Range": f"bytes={offset}-"} if offset else {}))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in ("NoSuchKey", "InvalidRange"):
            raise Refusal("Could not find results", "RESULT_NOT_FOUND") from error
        raise PermissionError(f"Access denied when reading the results at {location} ({code})") from error
    rows = _text_rows if key.endswith(".txt") else _csv_rows
    page: list[Row] = []
    following = offset
    for row, end in rows(found["Body"]):
        if len(page) == limit:
            return page, following
        page.append(row)
        following = offset + end
    return page, None


def token(query_id: str, offset: int) -> str:
    """The NextToken of a page."""
    return base64.urlsafe_b64encode(f"{query_id}:{offset}".encode()).decode()


def offset_of(query_id: str, next_token: str) -> int:
    """The byte a NextToken means. Raises Refusal for a token of anything else."""
    try:
        owner, _, offset = base64.urlsafe_b64decode(next_token.encode()).decode().partition(":")
        if owner == query_id:
            return int(offset)
    except ValueError:
        pass
    raise Refusal(f"Malformed nextPageToken {next_token}", "INVALID_INPUT")


def _line(values: Sequence[str | None]) -> bytes:
    return (",".join(["" if value is None else '"' + value.replace('"', '""') + '"' for value in values]) + "\n").encode()


def _csv_rows(body: Any) -> Iterator[tuple[Row, int]]:
    rest, passed = b"", 0
    row: Row = []
    while chunk := body.read(_CHUNK):
        rest += chunk
        start = 0
        while match := _FIELD.match(rest, start):
            start = match.end()
            row.append(None if match[1] is None else match[1].replace(b'""', b'"').decode())
            if match[2] == b"\n":
                yield row, passed + start
                row = []
        rest, passed = rest[start:], passed + start


def _text_rows(body: Any) -> Iterator[tuple[Row, int]]:
    passed = 0
    content: bytes = body.read()
    for line in content.split(b"\n") if content else []:
        passed += len(line) + 1
        yield [line.decode()], passed
