"""Permissions as explicit statements: what it takes to read or write objects, tables and encrypted data."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from stacks.parts.here import arn
from stacks.parts.place import Place
from stacks.parts.service_role import Permission
from stacks.parts.zone_database import ZoneDatabase

SEE_DATABASES, SEE_TABLES = ("glue:GetDatabase",), ("glue:GetTable",)
WRITE_TABLES = ("glue:CreateTable", "glue:UpdateTable")
# An upload in parts that fails is taken back.
WRITE_OBJECTS = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")
PUT_OBJECTS = ("s3:AbortMultipartUpload", "s3:PutObject")

# What Glue does with the log group of a job or crawler that has a security configuration.
LOG_ACTIONS = ("logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
CRAWL_TABLES = ("glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable")
CRAWL_PARTITIONS = (
    "glue:BatchCreatePartition", "glue:BatchGetPartition", "glue:BatchUpdatePartition", "glue:CreatePartition", "glue:GetPartition",
    "glue:GetPartitions", "glue:UpdatePartition",
)  # fmt: skip


def allow(actions: Sequence[str], *, on: Sequence[str]) -> Permission:
    """Actions on resources given by their ARNs."""
    return Permission(tuple(actions), tuple(on))


def list_objects(place: Place) -> list[Permission]:
    """Listing a place's bucket. Without it S3 also hides that an object is missing: it answers "forbidden"."""
    return [allow(["s3:ListBucket"], on=[place.bucket.bucket_arn])]


def read_objects(place: Place) -> list[Permission]:
    """Reading a place's objects."""
    return [allow(["s3:GetObject"], on=[place.objects])]


def write_objects(place: Place) -> list[Permission]:
    """Writing and removing a place's objects."""
    return [allow(WRITE_OBJECTS, on=[place.objects])]


def put_objects(place: Place) -> list[Permission]:
    """Writing a place's objects, and removing none."""
    return [allow(PUT_OBJECTS, on=[place.objects])]


def use_key(key: kms.IKey) -> list[Permission]:
    """Reading and writing data under a key."""
    return [allow(("kms:Decrypt", "kms:GenerateDataKey"), on=[key.key_arn])]


def lend_key(key: kms.IKey) -> iam.PolicyStatement:
    """Letting a service of AWS use a key for volumes of its own, which it asks for by a grant."""
    conditions = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return iam.PolicyStatement(actions=["kms:CreateGrant"], resources=[key.key_arn], conditions=conditions)


def use_tables(*, reads: Sequence[ZoneDatabase] = (), writes: Sequence[ZoneDatabase]) -> list[Permission]:
    """Reading tables, their entries in the catalog and their files, and of some databases also making and changing them.

    Spark also asks for the database `default`. No job drops a table.
    """
    return [
        allow(SEE_DATABASES, on=[*database_arns(writes), arn("glue", resource="database/default")]),
        allow(SEE_TABLES, on=table_arns([*reads, *writes])),
        allow(WRITE_TABLES, on=table_arns(writes)),
        *(each for database in (*reads, *writes) for each in read_objects(database.place)),
        *(each for database in writes for each in write_objects(database.place)),
    ]


def maintain_tables(databases: Sequence[ZoneDatabase], *, record: ZoneDatabase) -> list[Permission]:
    """Finding the tables of databases, changing their files, removing what no table names, and making a table in `record`."""
    return [
        allow(SEE_DATABASES, on=[*database_arns(databases), arn("glue", resource="database/default")]),
        allow((*SEE_TABLES, "glue:GetTables", "glue:UpdateTable"), on=table_arns(databases)),
        allow(["glue:CreateTable"], on=table_arns([record])),
        *(each for database in databases for use in (list_objects, read_objects, write_objects) for each in use(database.place)),
    ]


def crawl_tables(database: ZoneDatabase) -> list[Permission]:
    """Making and changing tables and partitions of a database by what lies in S3, and taking none away."""
    return [
        allow(SEE_DATABASES, on=database_arns([database])),
        allow((*CRAWL_TABLES, *CRAWL_PARTITIONS), on=table_arns([database])),
    ]


def database_arns(databases: Sequence[ZoneDatabase]) -> list[str]:
    """What Glue checks a call on a database against: the catalog and the database."""
    return [arn("glue", resource="catalog"), *(arn("glue", resource=f"database/{each.name}") for each in databases)]


def table_arns(databases: Sequence[ZoneDatabase]) -> list[str]:
    """What Glue checks a call on a table against: the catalog, the database and the table."""
    return [*database_arns(databases), *(arn("glue", resource=f"table/{each.name}/*") for each in databases)]
