"""S3 as a role: channels come from it, artefacts go to it."""

import io
import shutil
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

AT_ONCE = 4


class DataError(Exception):
    """Something in S3 that a job needs is not there, not readable or not writable: a `ClientError` of the job."""


def place(address: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key


def listed(client: Any, address: str) -> Iterator[dict[str, Any]]:
    """The objects whose keys begin as the address says, in the order of their keys; no folders."""
    bucket, prefix = place(address)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return (each for page in pages for each in page.get("Contents", ()) if not each["Key"].endswith("/"))


def local_name(key: str, *, prefix: str) -> str:
    """The file that an object becomes below its channel: its key without the folder that the prefix names."""
    folder = prefix if prefix.endswith("/") else f"{prefix}/"
    if prefix and key.startswith(folder):
        return key[len(folder) :]
    return key[prefix.rfind("/") + 1 :]


def download(client: Any, address: str, folder: Path, *, role: str) -> int:
    """Bring the objects of a prefix into a folder; how many bytes. Raises DataError as AWS words it."""
    bucket, prefix = place(address)
    found = _objects(client, address, role=role)
    targets: dict[Path, str] = {}
    for each in found:
        target = folder / local_name(each["Key"], prefix=prefix)
        if not target.resolve().is_relative_to(folder.resolve()):
            raise DataError(f"Data download failed:S3 key: s3://{bucket}/{each['Key']} has an illegal char sub-sequence")
        if target in targets or any(parent in targets for parent in target.parents):
            raise DataError(f"Failed to download data. Cannot download s3://{bucket}/{each['Key']}, {_CLASH}")
        targets[target] = each["Key"]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda item: _fetch(client, (bucket, item[1]), item[0]), targets.items()))
    return sum(each["Size"] for each in found)


def keys(client: Any, address: str, *, role: str) -> list[str]:
    """The keys of the objects of a prefix. Raises DataError if there are none."""
    return [each["Key"] for each in _objects(client, address, role=role)]


def fetch(client: Any, address: str, target: Path) -> Path:
    """Bring one object. Raises DataError."""
    _fetch(client, place(address), target)
    return target


def read(client: Any, address: str) -> bytes:
    """The content of one object. Raises DataError."""
    bucket, key = place(address)
    try:
        return bytes(client.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        raise DataError(f"Data download failed:{_why(error)} for {address}") from error


def write(client: Any, address: str, body: bytes | io.IOBase, *, key: str) -> None:
    """Put one object, under a KMS key if one is named. Raises DataError."""
    bucket, name = place(address)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    try:
        client.put_object(Bucket=bucket, Key=name, Body=body, **encryption)
    except ClientError as error:
        raise DataError(f"Artifact upload failed:{_why(error)} for {address}") from error


def pack(folder: Path, archive: Path) -> Path:
    """A .tar.gz of what lies in a folder."""
    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        for each in sorted(folder.iterdir()):
            tar.add(each, each.name)
    return archive


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a .tar.gz; nothing may land outside the folder. Raises DataError."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive, "r:*") as tar:
            tar.extractall(folder, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise DataError(f"Failed to extract {archive.name}: {error}") from error


_CLASH = (
    "a previously downloaded file/folder clashes with it. Please check your s3 objects and ensure that there is no object that is both "
    "a folder as well as a file."
)


def _fetch(client: Any, source: tuple[str, str], target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("wb") as file:
            shutil.copyfileobj(client.get_object(Bucket=source[0], Key=source[1])["Body"], file, 1 << 20)
    except ClientError as error:
        raise DataError(f"Data download failed:{_why(error)} for s3://{source[0]}/{source[1]}") from error


def _objects(client: Any, address: str, *, role: str) -> list[dict[str, Any]]:
    try:
        found = list(listed(client, address))
    except ClientError as error:
        raise DataError(_nothing(client, address, role=role, because=error)) from error
    if not found:
        raise DataError(_nothing(client, address, role=role, because=None))
    return found


def _nothing(client: Any, address: str, *, role: str, because: ClientError | None) -> str:
    bucket, region = place(address)[0], client.meta.region_name
    said = f" Error message from S3: {because.response['Error'].get('Message', '')}" if because else ""
    return (
        f'No S3 objects found under S3 URL "{address}" given in input data source. Please ensure that the bucket exists in the selected '
        f'region ({region}), that objects exist under that S3 prefix, and that the role "{role}" has "s3:ListBucket" permissions on '
        f'bucket "{bucket}".{said}'
    )


def _why(error: ClientError) -> str:
    found = error.response["Error"]
    return f"{found['Code']} ({error.response['ResponseMetadata']['HTTPStatusCode']}): {found.get('Message', '')}"
