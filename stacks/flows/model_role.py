"""What the role of a model's flow may do: SageMaker's calls for this one model, besides what every flow may."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.flows.endpoint_plan import INSTANCE, EndpointPlan
from stacks.flows.learning import ModelPlan
from stacks.flows.permissions import (
    DATABASE_ACTIONS,
    DEFAULT,
    RESULT_BUCKET_ACTIONS,
    TABLE_ACTIONS,
    log_and_trace,
    run_jobs,
    tell,
    use_workgroup,
)
from stacks.flows.steps import FlowTools
from stacks.parts.access import allow, database_arns, lend_key, table_arns
from stacks.parts.here import arn
from stacks.parts.place import Place
from stacks.parts.service_role import Permission, ServiceRole
from stacks.parts.spark_job import SparkJob
from stacks.parts.workgroup import Workgroup
from stacks.parts.zone_database import ZoneDatabase

JOBS = ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"), ("CreateTransformJob", "DescribeTransformJob", "StopTransformJob")
TAGS = ("sagemaker:AddTags", "sagemaker:ListTags")  # Step Functions marks what it makes in SageMaker as its own
EVENTS = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
MAKE_ACTIONS = ("glue:CreateTable", "glue:DeleteTable", "glue:UpdateTable")
WRITE_ACTIONS = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
RULES = "StepFunctionsGetEventsForSageMaker*JobsRule"  # of training and of transform jobs
CONFIGURE, CHANGE = ("CreateEndpointConfig", "DeleteEndpointConfig"), ("CreateEndpoint", "UpdateEndpoint")
LOOK_AND_REMOVE = ("DeleteEndpoint", "DescribeEndpoint")
OWN_TABLES = (
    "Athena reads whatever files a table has and names its results itself; what a run makes is named after it. All stays in these tables."
)
NAMED_BY_RUN = "Jobs, models and versions are named after the run; the wildcard stays in the names of one model."


def model_role(scope: Construct, *, plan: ModelPlan, jobs: Sequence[SparkJob], curated: ZoneDatabase, tools: FlowTools) -> ServiceRole:
    """The role of the flow of one model."""
    role = ServiceRole(scope, "Role", service="states", description=f"Runs the flow {plan.name}")
    role.may(*run_jobs(jobs), *tell(tools.notices))
    role.may(*_use_tables(plan, workgroup=tools.workgroup, cleaned=tools.cleaned, curated=curated), because=OWN_TABLES)
    _learn(role, plan=plan)
    if plan.endpoint:
        _serve(role, plan=plan, endpoint=plan.endpoint)
    log_and_trace(role)
    return role


def _use_tables(plan: ModelPlan, *, workgroup: Workgroup, cleaned: ZoneDatabase, curated: ZoneDatabase) -> list[Permission]:
    """What Athena does as its caller: reads the features' sources and curated tables, makes the features, and unloads them.

    What can be one statement is one: a role's policies must fit into 10,240 characters.
    """
    table, home, results = plan.table, plan.home.place, workgroup.results
    sources = [arn("glue", resource=f"table/{cleaned.name}/{name}") for name in table.cleaned]
    buckets = [each.bucket.bucket_arn for each in (cleaned.place, curated.place, home, results)]
    # S3 takes looking at an artefact's version for reading it.
    artefacts, unloaded = (Place(home.bucket, f"{home.prefix}*/{name}/") for name in ("model", "features"))
    read = [curated.place, *(_files(cleaned, table=name) for name in table.cleaned), artefacts, results]
    return [
        *use_workgroup(workgroup),
        allow((*DATABASE_ACTIONS, *TABLE_ACTIONS), on=[*table_arns([curated]), *database_arns([cleaned])[1:], *sources]),
        allow(DATABASE_ACTIONS, on=[DEFAULT]),
        allow(MAKE_ACTIONS, on=[*database_arns([curated]), arn("glue", resource=f"table/{curated.name}/{table.name}*")]),
        allow(RESULT_BUCKET_ACTIONS, on=buckets),
        allow(["s3:GetObject"], on=[place.objects for place in read]),
        allow(WRITE_ACTIONS, on=[place.objects for place in (_files(curated, table=table.name), unloaded, results)]),
    ]


def _files(database: ZoneDatabase, *, table: str) -> Place:
    return Place(database.place.bucket, f"{database.place.prefix}{table}/")


def _learn(role: ServiceRole, *, plan: ModelPlan) -> None:
    group = plan.home.group
    training, transform = ([f"sagemaker:{action}" for action in actions] for actions in JOBS)
    model, versions = arn("sagemaker", resource=f"model/{group}-*"), arn("sagemaker", resource=f"model-package/{group}/*")
    role.may(
        allow((*training, *TAGS), on=[arn("sagemaker", resource=f"training-job/{group}-*")]),
        allow((*transform, *TAGS), on=[arn("sagemaker", resource=f"transform-job/{group}-*")]),
        allow(("sagemaker:CreateModel", "sagemaker:DeleteModel", *TAGS), on=[model]),
        allow(("sagemaker:CreateModelPackage", "sagemaker:DescribeModelPackage"), on=[versions]),
        allow(["sagemaker:CreateModelPackage"], on=[arn("sagemaker", resource=f"model-package-group/{group}")]),
        allow(EVENTS, on=[arn("events", resource=f"rule/{RULES}")]),
        because=NAMED_BY_RUN,
    )
    role.may(allow(["sagemaker:ListModelPackages"], on=["*"]), because="Listing versions is an action that knows no resource.")
    role.add_to_policy(
        iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[plan.home.role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        )
    )


def _serve(role: ServiceRole, *, plan: ModelPlan, endpoint: EndpointPlan) -> None:
    """One endpoint, whose configurations are named after runs."""
    group = plan.home.group
    name, configs = arn("sagemaker", resource=f"endpoint/{group}"), arn("sagemaker", resource=f"endpoint-config/{group}-*")
    role.may(
        allow([f"sagemaker:{action}" for action in CONFIGURE] + [*TAGS], on=[configs]),
        allow([f"sagemaker:{action}" for action in CHANGE], on=[name, configs]),
        allow([f"sagemaker:{action}" for action in LOOK_AND_REMOVE] + [*TAGS], on=[name]),
        because=NAMED_BY_RUN,
    )
    role.may(allow(["sagemaker:ListEndpoints"], on=["*"]), because="Listing endpoints is an action that knows no resource.")
    if endpoint.kind == INSTANCE:
        role.add_to_policy(lend_key(plan.home.key))
