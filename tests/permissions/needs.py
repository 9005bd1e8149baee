"""What roles need on AWS and the home cannot see, each with its source. Everything else in a policy shows itself in a run at home.

Sources were looked up in stored copies of the guides in November 2026, except where a source says otherwise. Which resources an action
knows is in the Service Authorization Reference, "Actions, resources, and condition keys for" AWS Glue, Amazon Athena, Amazon S3, Amazon
CloudWatch Logs and AWS X-Ray: `logs:AssociateKmsKey` knows log groups, while log delivery and traces know no resource, hence their `*`.
"""

from tests.permissions.learning_needs import LEARNING
from tests.permissions.need import Need

JOBS = ("process/CleanRole", "process/CurateRole", "process/MaintainRole", "train/ExportRole", "train/KeepRole")
CRAWLERS = ("catalog/CallsCrawlerRole", "catalog/CarriersCrawlerRole")
TABLES = ("flows/CallsRole", "flows/MaintenanceRole")
FLOW = (*TABLES, "flows/SegmentsRole")
MAINTAIN = ("process/MaintainRole",)
ATHENA = "Step Functions guide, 'Run Athena queries with Step Functions': the policy for StartQueryExecution with .sync lists it"
CATALOG = "Athena guide, 'Configure access to databases and tables in the AWS Glue Data Catalog'"
PARTS = "S3 guide, 'Uploading and copying objects using multipart upload', section 'Multipart upload API and permissions'"

NEEDS = (
    Need(
        (*JOBS, *CRAWLERS),
        ("logs:AssociateKmsKey",),
        "logs *",
        "a job with a security configuration for logs tells CloudWatch Logs its key; without the right it does not log as it runs",
        "Glue guide, 'Logging for AWS Glue jobs', section 'Security configuration with continuous logging'",
    ),
    Need(
        (*JOBS, *CRAWLERS),
        ("logs:CreateLogGroup",),
        "logs *",
        "Glue creates the group that it names after role and security configuration; ours are declared, under the name we expect",
        "Glue guide, 'Logging for AWS Glue jobs'; managed policy AWSGlueServiceRole",
    ),
    Need(
        JOBS,
        ("glue:GetDatabase",),
        "glue database/default",
        "a job whose Spark uses the Data Catalog as its metastore looks for the database default before its first statement. Ours do not "
        "ask for that (--enable-glue-datacatalog), so by the guide they need no such right; it is kept because nobody says that Glue 5.1 "
        "leaves the look out without the argument, because it opens nothing but a name, and because jobs that lack it fail at once",
        "Glue guide, 'AWS Glue Data Catalog support for Spark SQL jobs'; what others met: data-dot-all/dataall pull requests 649 and 701, "
        "aws-samples/dbt-glue issue 373 (both with the argument)",
    ),
    Need(
        JOBS,
        ("s3:AbortMultipartUpload",),
        "s3 *",
        "large files go in parts, and an upload that fails is taken back; the files of a test are small and do not fail",
        PARTS,
    ),
    Need(
        ("process/CurateRole", "train/ExportRole", "train/KeepRole"),
        ("s3:DeleteObject",),
        "s3 cleaned/warehouse/*|s3 curated/warehouse/*",
        "a write that fails in a way that leaves no doubt removes the files it has made",
        "Iceberg's source: SparkWrite.abort calls SparkCleanupUtil.deleteFiles",
    ),
    Need(
        FLOW,
        ("glue:GetJobRuns",),
        "glue job/*",
        "part of .sync",
        "Step Functions guide, 'Start an AWS Glue job with Step Functions': the policy for .sync lists it",
    ),
    Need(
        CRAWLERS,
        ("glue:BatchGetPartition", "glue:CreatePartition", "glue:GetPartition", "glue:UpdatePartition"),
        "glue *",
        "which of the calls on partitions a crawler makes, AWS does not say: its guide gives roles glue:*",
        "Glue guide, 'Crawler prerequisites' and the managed policy AWSGlueServiceRole",
    ),
    Need(FLOW, ("athena:StopQueryExecution",), "athena *", "stops the query with the execution: too short to be met here", ATHENA),
    Need(FLOW, ("athena:GetDataCatalog",), "athena *", "Athena looks its own catalog up", ATHENA),
    Need(
        TABLES,
        ("glue:GetDatabase", "glue:GetDatabases"),
        "glue *",
        "Athena asks for rights on the catalog and on databases; the guide's policy for every region names default",
        f"{CATALOG}, section 'Configure AWS Glue access to your catalog and database per AWS Region'",
    ),
    Need(
        TABLES,
        ("glue:*Partition*", "glue:GetTables"),
        "glue *",
        "Athena plans queries over the catalog; partitions need the right on catalog, database and table",
        f"{ATHENA}; {CATALOG}, section 'About access control for table partitions and versions'",
    ),
    Need(FLOW, ("s3:GetBucketLocation", "s3:ListBucketMultipartUploads"), "s3 *", "Athena finds where buckets are", ATHENA),
    Need(FLOW, ("s3:ListBucket",), "s3 cleaned|s3 results", "Athena lists data", ATHENA),
    Need(FLOW, ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"), "s3 *", "Athena writes results in parts", f"{ATHENA}; {PARTS}"),
    Need(
        FLOW,
        ("logs:*",),
        "*",
        "the machine makes its own log delivery; the home writes no logs of machines",
        "Step Functions guide, 'Logging using CloudWatch Logs', section 'IAM policies for logging to CloudWatch Logs'",
    ),
    Need(FLOW, ("xray:*",), "*", "traces; the home has none", "Step Functions guide, 'IAM policies for X-Ray' (xray-iam.html)"),
    Need(
        ("flows/MaintenanceRole", "flows/SegmentsRole"),
        ("glue:BatchStopJobRun",),
        "glue job/*",
        "stops the job with the execution, which the flow of files shows",
        "Step Functions guide, 'AWS Glue: IAM policies'",
    ),
    Need(
        MAINTAIN,
        ("s3:DeleteObject",),
        "s3 *",
        "files of snapshots that are a week old, and files that none names; all files of the recorded run are young. "
        "tests/flows/test_expiry.py makes some old and shows the calls on the cleaned zone",
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
    *LEARNING,
)
