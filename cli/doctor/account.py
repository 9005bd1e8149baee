"""Looks at an AWS account and region before a first deployment. Each reads only; together they take some seconds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cli.clients import At, Clients
from cli.cost.usage import dpus
from cli.doctor.finding import Finding, Verdict, good, stop, warning
from cli.platform import PROJECT, ZONES, Platform

SERVICES = (
    "athena",
    "cloudformation",
    "cloudwatch",
    "events",
    "glue",
    "kms",
    "lambda",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "stepfunctions",
)
BOOTSTRAP_VERSION = 6  # what CDK's default synthesizer asks for
QUALIFIER = "hnb659fds"  # CDK's own, in the names of what `cdk bootstrap` makes
EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
GLUE_DPUS = "Max task dpus per account"


@dataclass(frozen=True)
class Visit:
    """Whose account and which region is looked at, for which environment with which settings."""

    clients: Clients
    env: str
    settings: Mapping[str, Any]
    account: str
    caller: str

    @property
    def partition(self) -> str:
        """aws, aws-cn or aws-us-gov."""
        return self.caller.split(":")[1]


def visit(clients: Clients, *, env: str, settings: Mapping[str, Any]) -> Visit:
    """Asks AWS who asks."""
    said = clients("sts").get_caller_identity()
    return Visit(clients, env, settings, said["Account"], said["Arn"])


def caller(visit: Visit) -> Iterator[Finding]:
    """The credentials of this shell."""
    if visit.caller.endswith(":root"):
        yield warning("credentials", f"the root user of account {visit.account}", advice="Use a role or an IAM user")
    else:
        yield good("credentials", f"account {visit.account} as {visit.caller.split(':', 5)[5]}")


def region(visit: Visit) -> Iterator[Finding]:
    """Whether the region has all services of the platform, as far as the installed boto3 knows."""
    lacking = [each for each in SERVICES if not visit.clients.offered(each, partition=visit.partition)]
    if lacking:
        yield warning(
            "region", f"{visit.clients.region} has no {', '.join(lacking)}, as far as boto3 knows", advice="Choose another with AWS_REGION"
        )
    else:
        yield good("region", f"{visit.clients.region} has all {len(SERVICES)} services")


def bootstrap(visit: Visit) -> Iterator[Finding]:
    """What `cdk bootstrap` makes: the assets' bucket and the roles that deploy."""
    ssm = visit.clients("ssm")
    advice = f"Run: cdk bootstrap aws://{visit.account}/{visit.clients.region}"
    try:
        version = int(ssm.get_parameter(Name=f"/cdk-bootstrap/{QUALIFIER}/version")["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        yield stop("bootstrap", f"{visit.clients.region} is not prepared for the CDK", advice=advice)
        return
    if version < BOOTSTRAP_VERSION:
        yield stop("bootstrap", f"version {version} is older than {BOOTSTRAP_VERSION}", advice=advice)
        return
    yield good("bootstrap", f"version {version}")
    yield from _deployer(visit)


def _deployer(visit: Visit) -> Iterator[Finding]:
    from botocore.exceptions import ClientError

    name = f"cdk-{QUALIFIER}-deploy-role-{visit.account}-{visit.clients.region}"
    try:
        visit.clients("sts").assume_role(RoleArn=f"arn:{visit.partition}:iam::{visit.account}:role/{name}", RoleSessionName="mill-doctor")
    except ClientError as error:
        advice = f"Ask for sts:AssumeRole on arn:{visit.partition}:iam::{visit.account}:role/cdk-{QUALIFIER}-*"
        yield stop("permission to deploy", f"the role {name} may not be assumed ({error.response['Error']['Code']})", advice=advice)
    else:
        yield good("permission to deploy", "the CDK's deploy role may be assumed")


def lake_formation(visit: Visit) -> Iterator[Finding]:
    """Whether IAM alone decides on tables, as is AWS's default; else roles need grants too."""
    said = visit.clients("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    defaults = [*said.get("CreateDatabaseDefaultPermissions", ()), *said.get("CreateTableDefaultPermissions", ())]
    by_iam = sum(each["Principal"]["DataLakePrincipalIdentifier"] == EVERYBODY for each in defaults) == 2
    granted = visit.settings.get("lake_formation", "ignore") == "grant"
    if by_iam or granted:
        yield good(
            "Lake Formation", "IAM alone decides on new tables" if by_iam else "the setting lake_formation grants roles what they need"
        )
    else:
        advice = f'Write "lake_formation": "grant" for {visit.env} in cdk.json'
        yield stop("Lake Formation", "it decides on new tables, and the jobs' roles get no grants", advice=advice)


def quotas(visit: Visit) -> Iterator[Finding]:
    """Limits that new accounts hit."""
    needed = dpus(visit.settings["worker_type"], workers=visit.settings["workers"])
    yield _quota(visit, service="glue", name=GLUE_DPUS, needed=needed, why="workers of one job")


def _quota(visit: Visit, *, service: str, name: str, needed: float, why: str) -> Finding:
    about = f"quota of {service}"
    pages = visit.clients("service-quotas").get_paginator("list_service_quotas").paginate(ServiceCode=service)
    value = next((each["Value"] for page in pages for each in page["Quotas"] if each["QuotaName"].lower() == name.lower()), None)
    if value is None:
        return Finding(Verdict.UNKNOWN, about, f"AWS lists no quota named {name}", "Look at the console of Service Quotas")
    if value < needed:
        advice = "Ask for more in the console of Service Quotas, or lower the setting in cdk.json"
        return stop(about, f"{name} is {value:g}, needed are {needed:g}: {why}", advice=advice)
    return good(about, f"{name}: {value:g}, needed {needed:g}")


def names(visit: Visit) -> Iterator[Finding]:
    """Names that an earlier deployment kept: a new one would find them taken."""
    glue = visit.clients("glue")
    taken = [f"{PROJECT}_{visit.env}_{zone}" for zone in ZONES if _exists(glue, database=f"{PROJECT}_{visit.env}_{zone}")]
    if not taken:
        yield good("names", "no database of an earlier deployment is left")
    elif Platform(visit.clients, env=visit.env, at=At.AWS).deployed("catalog"):
        yield good("names", f"{', '.join(taken)} belong to the platform that is deployed")
    else:
        advice = "Delete them if nobody needs their tables, or take them over: cdk deploy --all --import-existing-resources"
        yield stop("names", f"{', '.join(taken)} stand since an earlier deployment", advice=advice)


def _exists(glue: Any, *, database: str) -> bool:
    try:
        glue.get_database(Name=database)
    except glue.exceptions.EntityNotFoundException:
        return False
    return True


LOOKS: Sequence[tuple[str, Callable[[Visit], Iterator[Finding]]]] = (
    ("credentials", caller),
    ("region", region),
    ("bootstrap", bootstrap),
    ("Lake Formation", lake_formation),
    ("quotas", quotas),
    ("names", names),
)


def examined(visit: Visit) -> Iterator[Finding]:
    """All findings, look by look. What these credentials may not see is unknown, and the other looks go on."""
    from botocore.exceptions import BotoCoreError, ClientError

    for about, look in LOOKS:
        try:
            yield from look(visit)
        except (BotoCoreError, ClientError) as error:
            said = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            yield Finding(Verdict.UNKNOWN, about, f"could not look ({said})", "Look yourself, or use credentials that may")
