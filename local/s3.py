"""S3 at home: the account's own key, and Hadoop's renames.

`aws:kms` without a key id means the bucket's default key, or else the account's AWS managed key `aws/s3`. The emulator
refuses it, and CDK's bootstrap bucket relies on it. (Permission on keys: iam/object_keys.py.) A key that is disabled, or
that will be deleted, encrypts and decrypts nothing: such requests fail as on AWS.

Hadoop's S3A renames by copying and repeats the source's KMS key in its request; its SDK refuses to send that over plain
HTTP. So Hadoop alone is not told an object's key when it looks at the object: its copy then gets the bucket's key.
"""

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import kms, s3

from local.seams import replace

KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


def plug_in() -> None:
    """Give `aws:kms` its default key, and keep keys from Hadoop."""

    def resolve(headers: dict[str, str], bucket_name: str) -> Any:
        if headers.get("x-amz-server-side-encryption") == "aws:kms" and not headers.get(KEY_HEADER):
            chosen = s3._bucket_default_sse_headers(bucket_name).get(KEY_HEADER) or _managed_key()
            headers = {**headers, KEY_HEADER: chosen}
        found, error = original(headers, bucket_name)
        refused = error or _refusal((found or {}).get(KEY_HEADER, ""))
        return (None, refused) if refused else (found, None)

    def get(bucket_name: str, key: str, headers: dict[str, str], query_params: dict[str, Any] | None = None) -> Any:
        version = s3._qp(query_params or {}, "versionId")
        listed = (v for v in s3._object_versions.get((bucket_name, key)) or [] if v["version_id"] == version)
        found = next(listed, None) if version else (s3._buckets.get(bucket_name) or {"objects": {}})["objects"].get(key)
        refused = _refusal(((found or {}).get("preserved_headers") or {}).get(KEY_HEADER, ""))
        return refused or got(bucket_name, key, headers, query_params)

    def head(path: str, headers: dict[str, str], response: tuple[int, dict[str, str], bytes]) -> Any:
        status, fields, body = told(path, headers, response)
        if headers.get("user-agent", "").startswith("Hadoop "):
            fields = {name: value for name, value in fields.items() if name.lower() != KEY_HEADER}
        return status, fields, body

    signature = "(bucket_name: str, key: str, headers: dict, query_params: dict = None)"
    got = replace(s3, "_get_object", expected=signature, by=get)
    told = replace(s3, "format_head_response", expected="(path: str, headers: dict, response: tuple) -> tuple", by=head)
    original = replace(s3, "_resolve_sse_write_headers", expected="(headers: dict, bucket_name: str)", by=resolve)


def _refusal(key: str) -> Any:
    """The answer to the use of a key that cannot be used; None if it can, or is the account's own."""
    found = kms._resolve_key(key) if key else None
    if found is None or found["KeyState"] == "Enabled":
        return None
    if found["KeyState"] == "Disabled":
        return s3._error("KMS.DisabledException", f"{found['Arn']} is disabled.", 400)
    return s3._error("KMS.KMSInvalidStateException", f"{found['Arn']} is pending deletion.", 400)


def _managed_key() -> str:
    return f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"
