"""What a model's flow and its jobs in SageMaker need on AWS and the home cannot see (needs.py)."""

from tests.permissions.need import Need

FLOW = ("flows/SegmentsRole",)
MODEL = ("train/SegmentsRole",)
SYNC = "Step Functions guide, 'IAM policies for calling SageMaker AI': the policies for CreateTrainingJob and CreateTransformJob with .sync"
ROLES = "SageMaker guide, 'How to use SageMaker AI execution roles'"

ATHENA = "Athena guide, 'Configure access to databases and tables in the AWS Glue Data Catalog'"

LEARNING = (
    Need(FLOW, ("glue:GetDatabases", "glue:*Partition*"), "glue *", "Athena plans queries over the catalog, as for other flows", ATHENA),
    Need(
        FLOW,
        ("glue:GetDatabase",),
        "glue table/curated/*",
        "one statement for databases and tables, as policies must fit into the role; the action knows no tables, so this opens nothing",
        "Service Authorization Reference, AWS Glue; IAM guide, 'IAM and AWS STS quotas': 10,240 characters of inline policies",
    ),
    Need(
        FLOW,
        ("glue:GetDatabase", "glue:GetTables"),
        "glue database/cleaned|glue database/default|glue table/cleaned/*",
        "the same, where the flow itself makes and looks for no table, in which the home sees it",
        ATHENA,
    ),
    Need(FLOW, ("events:*",), "events rule/StepFunctionsGetEventsForSageMaker*", "by a rule of its own it hears of a job's end", SYNC),
    Need(FLOW, ("sagemaker:ListTags",), "sagemaker *", "it looks at the tags of what it makes", SYNC),
    Need(
        FLOW,
        ("sagemaker:AddTags",),
        "sagemaker model/*",
        "jobs are tagged as started by Step Functions, which the home does too; at CreateModel others met the same",
        "aws-quickstart/quickstart-aws-utility-meter-data-analytics-platform issue 53; for jobs aws/aws-cdk issues 26012 and 32294",
    ),
    Need(
        FLOW,
        ("sagemaker:StopTransformJob",),
        "sagemaker transform-job/*",
        "stops the job with the execution, as the training job, which the recorded run stops; this one is too short to be met",
        SYNC,
    ),
    Need(
        MODEL,
        ("ecr:*",),
        "ecr repository/*|*",
        "pulls the image; the home starts the script without one",
        f"{ROLES}: CreateTrainingJob and CreateModel",
    ),
    Need(MODEL, ("cloudwatch:PutMetricData",), "*", "metrics of jobs; the home has none", f"{ROLES}: CreateTrainingJob and CreateModel"),
    Need(MODEL, ("logs:DescribeLogStreams",), "logs *", "finds the stream of a job", f"{ROLES}: CreateTrainingJob and CreateModel"),
    Need(
        MODEL,
        ("logs:PutLogEvents",),
        "logs log-group:/aws/sagemaker/TransformJobs:*",
        "what the server in the image says; at home there is none, and the script that serves says nothing while all is well",
        f"{ROLES}: CreateModel",
    ),
    Need(
        MODEL,
        ("kms:Encrypt",),
        "kms *",
        "a job with a key for its output",
        f"{ROLES}: CreateTrainingJob, 'If you specify a KMS key in the output configuration of your training job'",
    ),
    Need(
        MODEL,
        ("s3:AbortMultipartUpload",),
        "s3 models/segments/*",
        "a large model goes in parts, and an upload that fails is taken back",
        "S3 guide, 'Uploading and copying objects using multipart upload'; managed policy AmazonSageMakerFullAccess",
    ),
)
