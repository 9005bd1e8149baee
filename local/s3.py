"""S3 at home: the account's own key, and Hadoop's renames.

`aws:kms` without a key id means the bucket's default key, or else the account's AWS managed key `aws/s3`. The emulator
refuses it, and CDK's bootstrap bucket relies on it. (Permission on keys: iam/object_keys.py.)

Hadoop's S3A renames by copying and repeats the source's KMS key in its request; its SDK refuses to send that over plain
HTTP. So Hadoop alone is not told an object's key when it looks at the object: its copy then gets the bucket's key.
"""

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import s3

from local.seams import replace

KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


def plug_in() -> None:
    """Give `aws:kms` its default key, and keep keys from Hadoop."""

    def resolve(headers: dict[str, str], bucket_name: str) -> Any:
        if headers.get("x-amz-server-side-encryption") == "aws:kms" and not headers.get(KEY_HEADER):
            chosen = s3._bucket_default_sse_headers(bucket_name).get(KEY_HEADER) or _managed_key()
            headers = {**headers, KEY_HEADER: chosen}
        return original(headers, bucket_name)

    def head(path: str, headers: dict[str, str], response: tuple[int, dict[str, str], bytes]) -> Any:
        status, fields, body = told(path, headers, response)
        if headers.get("user-agent", "").startswith("Hadoop "):
            fields = {name: value for name, value in fields.items() if name.lower() != KEY_HEADER}
        return status, fields, body

    told = replace(s3, "format_head_response", expected="(path: str, headers: dict, response: tuple) -> tuple", by=head)
    original = replace(s3, "_resolve_sse_write_headers", expected="(headers: dict, bucket_name: str)", by=resolve)


def _managed_key() -> str:
    return f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"
