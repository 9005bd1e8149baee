"""Permissions as explicit statements: what it takes to read or write objects, tables and encrypted data."""

from collections.abc import Sequence

from aws_cdk import aws_kms as kms

from stacks.parts.here import arn
from stacks.parts.place import Place
from stacks.parts.service_role import Permission
from stacks.parts.zone_database import ZoneDatabase

READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
WRITE_OBJECTS = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject")
SEE_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket")
READ_TABLES = ("glue:GetTable", "glue:GetTables")
READ_PARTITIONS = ("glue:BatchGetPartition", "glue:GetPartition", "glue:GetPartitions")
WRITE_TABLES = ("glue:CreateTable", "glue:DeleteTable", "glue:UpdateTable")


def allow(actions: Sequence[str], *, on: Sequence[str]) -> Permission:
    """Actions on resources given by their ARNs."""
    return Permission(tuple(actions), tuple(on))


def read_objects(place: Place) -> list[Permission]:
    """Listing a place's bucket and reading its objects."""
    return [allow(SEE_BUCKET, on=[place.bucket.bucket_arn]), allow(READ_OBJECTS, on=[place.objects])]


def write_objects(place: Place) -> list[Permission]:
    """Reading, and also writing and removing, objects."""
    uploads = allow(["s3:ListBucketMultipartUploads"], on=[place.bucket.bucket_arn])
    return [*read_objects(place), uploads, allow(WRITE_OBJECTS, on=[place.objects])]


def use_key(key: kms.IKey) -> list[Permission]:
    """Reading and writing data under a key."""
    return [allow(("kms:Decrypt", "kms:GenerateDataKey"), on=[key.key_arn])]


def read_tables(databases: Sequence[ZoneDatabase]) -> list[Permission]:
    """Reading tables: their entries in the catalog and their files. Spark and Athena also ask for the database `default`."""
    ours = _catalog_arns(databases)
    return [
        allow(("glue:GetDatabase", "glue:GetDatabases"), on=[*ours, arn("glue", resource="database/default")]),
        allow((*READ_TABLES, *READ_PARTITIONS), on=ours),
        *(each for database in databases for each in read_objects(database.place)),
    ]


def write_tables(databases: Sequence[ZoneDatabase]) -> list[Permission]:
    """Reading, and also making, changing and dropping, tables and their files."""
    return [
        *read_tables(databases),
        allow(WRITE_TABLES, on=_catalog_arns(databases)),
        *(each for database in databases for each in write_objects(database.place)),
    ]


def _catalog_arns(databases: Sequence[ZoneDatabase]) -> list[str]:
    # Glue checks every call on a table against the catalog, the database and the table.
    named = [f"{kind}/{name}" for each in databases for kind, name in (("database", each.name), ("table", f"{each.name}/*"))]
    return [arn("glue", resource=resource) for resource in ("catalog", *named)]
