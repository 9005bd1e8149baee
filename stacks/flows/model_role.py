"""What the role of a model's flow may do: SageMaker's calls for this one model, besides what every flow may."""

from collections.abc import Sequence

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.flows.endpoint_plan import INSTANCE, EndpointPlan
from stacks.flows.learning import ModelPlan
from stacks.flows.permissions import BUCKET_ACTIONS, ask, log_and_trace, run_jobs, tell
from stacks.flows.steps import ANY_FILE, FlowTools
from stacks.parts.access import allow, lend_key, read_objects
from stacks.parts.here import arn
from stacks.parts.place import Place
from stacks.parts.service_role import Permission, ServiceRole
from stacks.parts.spark_job import SparkJob
from stacks.parts.zone_database import ZoneDatabase

JOBS = ("CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob"), ("CreateTransformJob", "DescribeTransformJob", "StopTransformJob")
TAGS = ("sagemaker:AddTags", "sagemaker:ListTags")  # Step Functions marks what it makes in SageMaker as its own
EVENTS = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
UNLOAD_ACTIONS = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
RULES = ("StepFunctionsGetEventsForSageMakerTrainingJobsRule", "StepFunctionsGetEventsForSageMakerTransformJobsRule")
CONFIGURE, CHANGE = ("CreateEndpointConfig", "DeleteEndpointConfig"), ("CreateEndpoint", "UpdateEndpoint")
LOOK_AND_REMOVE = ("DeleteEndpoint", "DescribeEndpoint")
NAMED_BY_RUN = "Jobs, models and versions are named after the run; the wildcard stays in the names of one model."


def model_role(
    scope: Construct, *, plan: ModelPlan, jobs: Sequence[SparkJob], databases: Sequence[ZoneDatabase], tools: FlowTools
) -> ServiceRole:
    """The role of the flow of one model."""
    role = ServiceRole(scope, "Role", service="states", description=f"Runs the flow {plan.name}")
    role.may(*run_jobs(jobs), *tell(tools.notices))
    role.may(*ask(tools.workgroup, databases=databases), *_unload(plan.home.place), *_seal(plan.home.place), because=ANY_FILE)
    _learn(role, plan=plan)
    if plan.endpoint:
        _serve(role, plan=plan, endpoint=plan.endpoint)
    log_and_trace(role)
    return role


def _unload(place: Place) -> list[Permission]:
    """Athena writes the features as its caller, and first looks whether anything is there."""
    features = Place(place.bucket, f"{place.prefix}*/features/")
    return [
        allow([*BUCKET_ACTIONS, "s3:ListBucketMultipartUploads"], on=[place.bucket.bucket_arn]),
        allow(UNLOAD_ACTIONS, on=[features.objects]),
    ]


def _seal(place: Place) -> list[Permission]:
    """Looking which version of an artefact there is, which S3 takes for reading it."""
    return read_objects(Place(place.bucket, f"{place.prefix}*/model/"))


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
        allow(EVENTS, on=[arn("events", resource=f"rule/{name}") for name in RULES]),
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
