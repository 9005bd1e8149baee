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


JOBS = ("process/CleanRole", "process/CurateRole", "process/MaintainRole")
FLOW = ("flows/CallsRole", "flows/MaintenanceRole")
MAINTAIN = ("process/MaintainRole",)
ATHENA = "Athena guide, 'Access to databases and tables in the Data Catalog'; Step Functions guide, 'Athena: IAM policies'"

NEEDS = (
    Need(
        JOBS,
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
    Need(
        ("flows/MaintenanceRole",),
        ("glue:BatchStopJobRun",),
        "glue job/*",
        "stops the job with the execution, which the flow of files shows",
        "Step Functions guide, 'AWS Glue: IAM policies'",
    ),
    Need(
        MAINTAIN,
        ("s3:DeleteObject",),
        "s3 *",
        "files of snapshots that are a week old, and files that none names; all files of a test are young",
        "Iceberg, 'Maintenance: expire snapshots' and 'delete orphan files'",
    ),
    Need(
        MAINTAIN,
        ("glue:UpdateTable",),
        "glue database/curated|glue table/curated/*",
        "joined files and expired snapshots are a new version of the table; those of a test have one file and are young",
        "Iceberg, 'Spark procedures': rewrite_data_files, expire_snapshots",
    ),
    Need(
        MAINTAIN,
        ("s3:PutObject",),
        "s3 curated/warehouse/*",
        "the files and the metadata of that version",
        "Iceberg, 'Spark procedures': rewrite_data_files, expire_snapshots",
    ),
)
