"""What roles need on AWS and the home cannot see, each with its source. Everything else in a policy shows itself in a run at home."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.permissions.pieces import Piece


@dataclass(frozen=True)
class Need:
    """Actions on resources, by patterns over what a piece is called, why AWS asks for them, and where that is written."""

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    on: str
    why: str
    source: str

    def covers(self, piece: Piece) -> bool:
        return (
            piece.role in self.roles
            and any(fnmatchcase(piece.action, each) for each in self.actions)
            and any(fnmatchcase(piece.label, each) for each in self.on.split("|"))
        )


JOBS = ("process/CleanRole", "process/CurateRole")
CRAWLERS = ("catalog/CallsCrawlerRole", "catalog/CarriersCrawlerRole")
FLOW = ("flows/CallsRole",)
ATHENA = "Athena guide, 'Access to databases and tables in the Data Catalog'; Step Functions guide, 'Athena: IAM policies'"

NEEDS = (
    Need(
        (*JOBS, *CRAWLERS),
        ("logs:AssociateKmsKey", "logs:CreateLogGroup"),
        "logs *",
        "Glue makes missing groups (ours are declared) and tells CloudWatch Logs the key of the security configuration",
        "Glue guide, 'Logging behavior' and 'Encrypting data written by jobs'",
    ),
    Need(
        JOBS,
        ("glue:GetDatabase",),
        "glue database/default",
        "Spark's own catalog asks for the database default when it starts on Glue",
        "Glue guide, 'Using the Data Catalog as the metastore for Spark SQL'",
    ),
    Need(
        JOBS,
        ("s3:AbortMultipartUpload",),
        "s3 *",
        "large files go in parts, and an upload that fails is taken back; the files of a test are small and do not fail",
        "S3 guide, 'Multipart upload API and permissions'",
    ),
    Need(
        ("process/CurateRole",),
        ("s3:DeleteObject",),
        "s3 curated/warehouse/*",
        "a write that fails removes the files it has made",
        "Iceberg, 'Maintenance: delete orphan files'",
    ),
    Need(
        CRAWLERS,
        ("glue:BatchGetPartition", "glue:CreatePartition", "glue:GetPartition", "glue:UpdatePartition"),
        "glue *",
        "which of the calls on partitions a crawler makes, AWS does not say: its guide gives roles glue:*",
        "Glue guide, 'Crawler prerequisites' and the managed policy AWSGlueServiceRole",
    ),
    Need(FLOW, ("glue:GetJobRuns",), "glue job/*", "part of .sync", "Step Functions guide, 'AWS Glue: IAM policies'"),
    Need(FLOW, ("athena:StopQueryExecution",), "athena *", "stops the query with the execution: too short to be met here", ATHENA),
    Need(FLOW, ("athena:GetDataCatalog",), "athena *", "Athena looks its own catalog up", ATHENA),
    Need(FLOW, ("glue:GetDatabase", "glue:GetDatabases"), "glue *", "Athena looks databases up, always default too", ATHENA),
    Need(FLOW, ("glue:*Partition*", "glue:GetTables"), "glue *", "Athena plans queries over the catalog", ATHENA),
    Need(FLOW, ("s3:GetBucketLocation", "s3:ListBucket*"), "s3 *", "Athena lists data and finds where buckets are", ATHENA),
    Need(FLOW, ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"), "s3 *", "Athena writes results in parts", ATHENA),
    Need(
        FLOW,
        ("logs:*",),
        "*",
        "the machine makes its own log delivery; the home writes no logs of machines",
        "Step Functions guide, 'Logging execution history: IAM policies'",
    ),
    Need(FLOW, ("xray:*",), "*", "traces; the home has none", "Step Functions guide, 'X-Ray and Step Functions: IAM policies'"),
)
