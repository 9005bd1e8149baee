"""What the roles around a model may not do, tried for real: tables of Keyspaces in its own protocol, and SageMaker's calls."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from lakemill import keyspaces, models
from lakemill.wide import LOADS, keyspace_name
from tests.permissions.agreed import REGION
from tests.permissions.recorded import Recorded
from tests.permissions.sessions import Session, session_of

pytestmark = pytest.mark.slow

MODEL = models.model("segments")
RETAIL, MAPPING = "online_retail", MODEL.mapping
SPACE = keyspace_name("dev")
SELECT = {name: f"select * from {SPACE}.{name} limit 1" for name in (RETAIL, MAPPING, LOADS.name)}
DELETE = {
    RETAIL: f"delete from {SPACE}.{RETAIL} where invoice = 'none'",
    MAPPING: f"delete from {SPACE}.{MAPPING} where {MODEL.id} = 'none'",
}


def place(record: Recorded) -> keyspaces.Place:
    """Where the home's Keyspaces answers."""
    told = json.loads((record.platform.home / "keyspaces.json").read_text())
    host, _, port = told["endpoint"].rpartition(":")
    return keyspaces.Place(host=host, port=int(port), authorities=told["ca"])


@pytest.fixture(params=["train/ExportRole", "train/KeepRole"])
def connected(recorded: Recorded, request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    """A role and its session in Keyspaces."""
    credentials = boto3.Session(region_name=REGION, **recorded.keys(recorded.world.roles[request.param]))
    session = keyspaces.connect(credentials, place=place(recorded))
    yield request.param, session
    keyspaces.close(session)


def test_jobs_reach_their_tables_only_in_keyspaces_own_protocol(connected: tuple[str, Any]) -> None:
    role, session = connected
    asked = {("cassandra:Select", name): cql for name, cql in SELECT.items()} | {
        ("cassandra:Modify", name): cql for name, cql in DELETE.items()
    }
    mine = {
        "train/ExportRole": {("cassandra:Select", RETAIL), ("cassandra:Select", LOADS.name)},
        "train/KeepRole": {("cassandra:Modify", MAPPING)},
    }
    for (action, table), cql in asked.items():
        if (action, table) in mine[role]:
            session.execute(cql)
            continue
        with pytest.raises(Exception, match=rf"{action} on resource: \S+/keyspace/{SPACE}/table/{table}"):
            session.execute(cql)


def test_a_role_without_the_systems_tables_does_not_connect(recorded: Recorded) -> None:
    credentials = boto3.Session(region_name=REGION, **recorded.keys(recorded.world.roles["train/SegmentsRole"]))
    with pytest.raises(keyspaces.NotConnected):
        keyspaces.connect(credentials, place=place(recorded))


@pytest.fixture(scope="module")
def flow(request: pytest.FixtureRequest) -> Session:
    return session_of("flows/SegmentsRole", request)


def refused(session: Session) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Calls of SageMaker that the flow of a model has nothing to do with: other names, other roles, and a person's decision."""
    sagemaker, group = session.client("sagemaker"), "lakemill-dev-segments"
    record = session.record
    [newest, *_] = record.platform.client("sagemaker", root=True).list_model_packages(ModelPackageGroupName=group)[
        "ModelPackageSummaryList"
    ]
    package, own = newest["ModelPackageArn"], record.world.roles["train/SegmentsRole"].arn
    container = {"ModelPackageName": package}
    make: Callable[[str, str], Any] = lambda name, role: sagemaker.create_model(  # noqa: E731
        ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container
    )
    yield "sagemaker:CreateModel", lambda: make("another-model", own)
    yield "iam:PassRole", lambda: make(f"{group}-mine", record.world.roles["train/ExportRole"].arn)
    yield "sagemaker:DeleteModel", lambda: sagemaker.delete_model(ModelName="another-model")
    yield "sagemaker:StopTrainingJob", lambda: sagemaker.stop_training_job(TrainingJobName="another-job")
    yield "sagemaker:UpdateModelPackage", lambda: sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    yield "sagemaker:DeleteModelPackage", lambda: sagemaker.delete_model_package(ModelPackageName=package)
    yield "sagemaker:ListTrainingJobs", sagemaker.list_training_jobs


def test_the_flow_of_a_model_touches_no_other_and_approves_nothing_afterwards(flow: Session) -> None:
    for action, call in refused(flow):
        decisions, refusal = flow.tried(call)
        flow.agree(decisions)
        assert f"{action} on resource" in refusal, action
