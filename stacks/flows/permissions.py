"""What a flow's role may do. The tasks' own policies are wider (any bucket, any database), so they are not used."""

from collections.abc import Sequence

from stacks.parts.access import allow, database_arns, table_arns, use_key
from stacks.parts.here import arn
from stacks.parts.notices import Notices
from stacks.parts.service_role import Permission, ServiceRole
from stacks.parts.spark_job import SparkJob
from stacks.parts.workgroup import Workgroup
from stacks.parts.zone_database import ZoneDatabase

RUN_ACTIONS = ("glue:BatchStopJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:StartJobRun")
ASK_ACTIONS = ("athena:GetQueryExecution", "athena:GetQueryResults", "athena:StartQueryExecution", "athena:StopQueryExecution")
# Athena acts with its caller's permissions. What it needs of the catalog, of data and of results, its guide lists; at home it needs less.
DATABASE_ACTIONS = ("glue:GetDatabase", "glue:GetDatabases")
TABLE_ACTIONS = ("glue:BatchGetPartition", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables")
BUCKET_ACTIONS = ("s3:GetBucketLocation", "s3:ListBucket")
RESULT_BUCKET_ACTIONS = (*BUCKET_ACTIONS, "s3:ListBucketMultipartUploads")
RESULT_ACTIONS = ("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject")
DEFAULT = arn("glue", resource="database/default")
LOG_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
TRACE_ACTIONS = ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments")


def run_jobs(jobs: Sequence[SparkJob]) -> list[Permission]:
    """Starting jobs, waiting for them, and stopping them with the execution."""
    return [allow(RUN_ACTIONS, on=[job.job.job_arn for job in jobs])]


def ask(workgroup: Workgroup, *, databases: Sequence[ZoneDatabase]) -> list[Permission]:
    """Querying the tables of databases: Athena reads and keeps results as its caller."""
    places = [each.place for each in databases]
    return [
        *use_workgroup(workgroup),
        allow(DATABASE_ACTIONS, on=[*database_arns(databases), DEFAULT]),
        allow(TABLE_ACTIONS, on=table_arns(databases)),
        allow(BUCKET_ACTIONS, on=[place.bucket.bucket_arn for place in places]),
        allow(["s3:GetObject"], on=[place.objects for place in places]),
        allow(RESULT_BUCKET_ACTIONS, on=[workgroup.results.bucket.bucket_arn]),
        allow(RESULT_ACTIONS, on=[workgroup.results.objects]),
    ]


def use_workgroup(workgroup: Workgroup) -> list[Permission]:
    """Asking, without what Athena does with data as its caller."""
    return [
        allow(ASK_ACTIONS, on=[arn("athena", resource=f"workgroup/{workgroup.name}")]),
        allow(["athena:GetDataCatalog"], on=[arn("athena", resource="datacatalog/AwsDataCatalog")]),
    ]


def tell(notices: Notices) -> list[Permission]:
    """Publishing to an encrypted topic."""
    return [allow(["sns:Publish"], on=[notices.topic.topic_arn]), *use_key(notices.key)]


def log_and_trace(role: ServiceRole) -> None:
    """Log delivery and traces, whose actions know no resources."""
    permission = allow((*LOG_ACTIONS, *TRACE_ACTIONS), on=["*"])
    role.may(permission, because="These actions of log delivery and X-Ray act on no resource that a policy could name.")
