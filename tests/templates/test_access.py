"""Who may do what: every policy of every template, statement by statement."""

import re
from dataclasses import replace

import pytest

from lakemill import metrics
from tests.templates.reading import Platform, Statement, actions_of, every_statement, machine_states, role_statements, text

KEEPING = ("dev", "prod")
DATABASES, TABLE = {"glue:GetDatabase"}, {"glue:GetTable"}
WRITE_TABLE = {"glue:CreateTable", "glue:UpdateTable"}
READ = {"s3:GetObject"}
WRITE = {"s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"}
KEY = {"kms:Decrypt", "kms:GenerateDataKey"}
JOB_LOGS = {"logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
JOB = DATABASES | TABLE | WRITE_TABLE | {"s3:ListBucket"} | READ | WRITE | KEY | JOB_LOGS
PUT_METRICS, SECRET = {"cloudwatch:PutMetricData"}, {"secretsmanager:GetSecretValue"}
KEYSPACES = {"cassandra:Select"}
JOB_NEEDS = {
    "Clean": JOB | PUT_METRICS,
    "Curate": JOB | SECRET,
    "Maintain": JOB | {"glue:GetTables"},
    "Export": (JOB | KEYSPACES) - {"s3:ListBucket"},
    "Keep": JOB | KEYSPACES | {"cassandra:Modify"},
}
ATHENA = {
    "glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables",
    "glue:BatchGetPartition", "glue:GetPartition", "glue:GetPartitions",
    "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket", "s3:ListBucketMultipartUploads",
    "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject",
}  # fmt: skip
TASK_NEEDS = {
    "arn:aws:states:::glue:startJobRun.sync": {"glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"},
    "arn:aws:states:::athena:startQueryExecution.sync": {
        "athena:StartQueryExecution", "athena:GetQueryExecution", "athena:StopQueryExecution", "athena:GetDataCatalog",
        *ATHENA, *KEY,
    },
    "arn:aws:states:::athena:getQueryResults": {"athena:GetQueryResults", "s3:GetObject", "kms:Decrypt"},
    "arn:aws:states:::sns:publish": {"sns:Publish", *KEY},
}  # fmt: skip
CATALOG = ("CreateTable", "DeleteTable", "GetTable", "GetTables", "UpdateTable")
TAGS = ("AddTags", "ListTags")
MODEL_NEEDS = {
    f"arn:aws:states:::{resource}": {"iam:PassRole" if each == "iam" else f"sagemaker:{each}" for each in needed}
    for resource, needed in {
        "sagemaker:createTrainingJob.sync": ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", *TAGS, "iam"),
        "sagemaker:createTransformJob.sync": ("CreateTransformJob", "DescribeTransformJob", "StopTransformJob", *TAGS),
        "sagemaker:createModel": ("CreateModel", *TAGS, "iam"),
        "aws-sdk:sagemaker:deleteModel": ("DeleteModel",),
        "aws-sdk:sagemaker:listModelPackages": ("ListModelPackages",),
        "aws-sdk:sagemaker:createModelPackage": ("CreateModelPackage",),
        "aws-sdk:sagemaker:describeModelPackage": ("DescribeModelPackage",),
    }.items()
} | {
    "arn:aws:states:::aws-sdk:s3:headObject": {"s3:GetObject"},
    **{f"arn:aws:states:::aws-sdk:glue:{name[0].lower()}{name[1:]}": {f"glue:{name}"} for name in CATALOG},
}
FOLLOW_JOBS = {"events:DescribeRule", "events:PutRule", "events:PutTargets"}
MACHINE_NEEDS = {
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:GetLogDelivery",
    "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
    "xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments",
}  # fmt: skip


@pytest.fixture(params=KEEPING)
def kept(request: pytest.FixtureRequest) -> Platform:
    found: Platform = request.getfixturevalue(request.param)
    return found


def allowed(platform: Platform) -> list[Statement]:
    found = [each for each in every_statement(platform) if each.effect == "Allow"]
    assert len(found) > 20
    return found


def test_no_policy_allows_a_wildcard_action_but_the_account_over_its_own_key(kept: Platform) -> None:
    wild = {(each.owner.split("/")[1], action) for each in allowed(kept) for action in each.actions if "*" in action}
    [key] = kept.every("AWS::KMS::Key")
    assert wild == {(key.id, "kms:*")}
    administrators = key.properties["KeyPolicy"]["Statement"][0]["Principal"]["AWS"]
    assert text(administrators) == "arn:<AWS::Partition>:iam::<AWS::AccountId>:root"


def test_only_what_knows_no_resource_acts_on_every_one(kept: Platform) -> None:
    policies = {f"{each.stage}/{each.id}" for each in kept.every("AWS::IAM::Policy")}
    everywhere = {action for each in allowed(kept) if each.owner in policies and "*" in each.resources for action in each.actions}
    assert everywhere == MACHINE_NEEDS | PUT_METRICS | {"ecr:GetAuthorizationToken", "sagemaker:ListModelPackages"}


def test_metrics_go_into_the_platforms_namespace_but_those_that_sagemaker_puts_in_a_models_name(platform: Platform) -> None:
    namespaces = {each.owner.split("Role")[0]: each.conditions for each in allowed(platform) if set(each.actions) & PUT_METRICS}
    assert namespaces == {
        "process/Clean": {"StringEquals": {"cloudwatch:namespace": metrics.NAMESPACE}},
        "train/Segments": {},
    }


def test_only_the_flow_of_a_model_passes_a_role_on_and_that_to_sagemaker(platform: Platform) -> None:
    [statement] = [each for each in allowed(platform) if "iam:passrole" in {action.lower() for action in each.actions}]
    assert statement.owner.startswith("flows/SegmentsRole")
    assert re.fullmatch(r"<lakemill-\w+-train:ExportsOutputFnGetAttSegmentsRole\w+Arn\w+>", *statement.resources)
    assert statement.conditions == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_roles_are_taken_by_one_service_of_this_account_only(kept: Platform) -> None:
    roles = {
        role.id: Statement.of(role.id, role.properties["AssumeRolePolicyDocument"]["Statement"][0]) for role in kept.every("AWS::IAM::Role")
    }
    assert {each.services for each in roles.values()} >= {("glue.amazonaws.com",), ("states.amazonaws.com",)}
    for trust in roles.values():
        assert len(trust.services) == 1
        assert text(trust.conditions["StringEquals"]["aws:SourceAccount"]) == "<AWS::AccountId>"


def test_every_workload_has_a_role_of_its_own(platform: Platform) -> None:
    jobs = [text(each.properties["Role"]) for each in platform.every("AWS::Glue::Job")]
    machines = [text(each.properties["RoleArn"]) for each in platform.every("AWS::StepFunctions::StateMachine")]
    assert len({*jobs, *machines}) == len(jobs) + len(machines)


def test_there_are_no_users_no_access_keys_and_no_managed_policies(kept: Platform) -> None:
    for type_ in ("AWS::IAM::User", "AWS::IAM::AccessKey", "AWS::IAM::ManagedPolicy"):
        assert not kept.every(type_, none_is_fine=True)
    assert not [role.id for role in kept.every("AWS::IAM::Role") if "ManagedPolicyArns" in role.properties]


def test_decryption_is_allowed_under_the_data_key_only(platform: Platform) -> None:
    policies = {f"{each.stage}/{each.id}" for each in platform.every("AWS::IAM::Policy")}
    decrypting = [each for each in allowed(platform) if each.owner in policies and "kms:Decrypt" in each.actions]
    arrivals = platform.every("AWS::Lambda::EventSourceMapping", none_is_fine=True)
    crawlers = platform.every("AWS::Glue::Crawler")
    assert len(decrypting) == 5 + 4 + len(arrivals) + len(crawlers)  # three jobs, two flows; a model's two jobs, role and flow
    assert all(re.search(r"DataKey", resource) for each in decrypting for resource in each.resources)


@pytest.mark.parametrize("job", JOB_NEEDS)
def test_a_jobs_role_may_do_what_the_job_needs_and_no_more(platform: Platform, job: str) -> None:
    assert actions_of(platform, f"{job}Role") == JOB_NEEDS[job]


@pytest.mark.parametrize(
    ("role", "actions", "zones"),
    [
        ("CleanRole", WRITE, {"Cleaned", "Quarantine"}),
        ("CleanRole", READ, {"Raw", "Cleaned", "Quarantine"}),
        ("CurateRole", WRITE, {"Curated"}),
        ("CurateRole", READ, {"Cleaned", "Curated"}),
        ("CallsRole", {"s3:PutObject"}, {"Results"}),
        ("CallsRole", {"s3:DeleteObject"}, set()),
        ("CleanRole", {"s3:ListBucket"}, {"Raw"}),
        ("CurateRole", {"s3:ListBucket"}, {"Curated"}),
        ("CallsRole", READ, {"Cleaned", "Results"}),
        ("CleanRole", {"glue:UpdateTable"}, {"Cleaned", "Quarantine"}),
        ("CurateRole", {"glue:UpdateTable"}, {"Curated"}),
        ("CallsRole", {"glue:UpdateTable"}, set()),
        ("MaintainRole", READ | WRITE | {"s3:ListBucket"}, {"Cleaned", "Quarantine", "Curated"}),
        ("MaintainRole", {"glue:CreateTable"}, {"Cleaned"}),
        ("MaintenanceRole", READ, {"Cleaned", "Results"}),
        ("ExportRole", READ | WRITE, {"Cleaned"}),
        ("KeepRole", WRITE, {"Curated"}),
        ("KeepRole", READ, {"Curated", "Models"}),
        ("flows/SegmentsRole", READ, {"Cleaned", "Curated", "Models", "Results"}),
        ("flows/SegmentsRole", {"s3:PutObject"}, {"Curated", "Models", "Results"}),
        ("flows/SegmentsRole", {"s3:DeleteObject"}, set()),
        ("flows/SegmentsRole", {"glue:UpdateTable"}, {"Curated"}),
        ("train/SegmentsRole", READ | WRITE, {"Models"}),
        ("MaintenanceRole", WRITE - {"s3:AbortMultipartUpload"}, {"Results"}),
    ],
)
def test_roles_reach_the_zones_of_their_task_only(platform: Platform, role: str, actions: set[str], zones: set[str]) -> None:
    stage, _, name = role.rpartition("/")
    statements = [each for each in role_statements(platform, name, stage=stage) if actions & set(each.actions)]
    reached = {resource for each in statements for resource in each.resources}
    named = re.compile(r"(Raw|Cleaned|Curated|Quarantine|Models|Results|Logs)(?:Bucket|Database)")
    assert {zone for resource in reached for zone in named.findall(resource)} == zones


def test_the_flow_of_a_model_reads_its_sources_and_writes_its_features_and_no_other_table_of_theirs(platform: Platform) -> None:
    found = [each for each in role_statements(platform, "SegmentsRole", stage="flows") if each.actions]
    reached = {resource for each in found for resource in each.resources}
    cleaned = [each for each in reached if "Cleaned" in each and ("/*" in each or ":table/" in each)]
    assert {each.rpartition("Cleaned")[2].partition(">")[2] for each in cleaned} == {"/retail", "/warehouse/retail/*"}
    made = [each for statement in found if "glue:UpdateTable" in statement.actions for each in statement.resources if ":table/" in each]
    assert [each.rpartition(">")[2] for each in made] == ["/customer_features*"]
    written = [each for statement in found if "s3:PutObject" in statement.actions for each in statement.resources]
    assert [each.rpartition(">")[2] for each in written if "Curated" in each] == ["/warehouse/customer_features/*"]


def test_a_flows_role_may_do_what_its_tasks_need_and_no_more(platform: Platform) -> None:
    for machine in platform.every("AWS::StepFunctions::StateMachine"):
        learns = machine.id.startswith("Segments")
        needs = {**TASK_NEEDS, **MODEL_NEEDS} if learns else TASK_NEEDS
        used = {state["Resource"] for state in machine_states(machine).values() if state["Type"] == "Task"}
        assert used == set(needs)
        role = text(machine.properties["RoleArn"]).strip("<>").removesuffix(".Arn")
        more = FOLLOW_JOBS if learns else set()
        assert actions_of(platform, role, stage="flows") == MACHINE_NEEDS.union(more, *(needs[resource] for resource in used))


def test_the_job_that_hashes_personal_data_alone_reads_the_key_for_it(platform: Platform) -> None:
    [secret] = platform.every("AWS::SecretsManager::Secret")
    readers = [each for each in every_statement(platform) if any(action.startswith("secretsmanager:") for action in each.actions)]
    assert [(each.actions, each.resources) for each in readers] == [(tuple(SECRET), (f"<{secret.id}.Id>",))]
    assert readers[0] in [replace(each, owner=readers[0].owner) for each in role_statements(platform, "CurateRole")]


def test_the_clock_may_start_its_flow_only(prod: Platform) -> None:
    [statement] = role_statements(prod, "CallsClockRole")
    assert statement.actions == ("states:StartExecution",)
    assert all(resource.startswith("<CallsMachine") for resource in statement.resources)
