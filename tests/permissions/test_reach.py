"""What roles may not do, tried for real with a session of each role; home and evaluator must both refuse, for the same reason."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.permissions.agreed import ACCOUNT
from tests.permissions.evaluator import Call, Verdict
from tests.permissions.recorded import Recorded
from tests.permissions.sessions import SMALL, START, Session, session_of

pytestmark = pytest.mark.slow

SEE, CHANGE = {"glue:GetTable"}, {"glue:GetTable", "glue:CreateTable", "glue:UpdateTable"}
READ, WRITE, LIST = "s3:GetObject", {"s3:PutObject", "s3:DeleteObject"}, "s3:ListBucket"
PREFIXES = {
    "Raw": "calls/", "Cleaned": "warehouse/", "Quarantine": "warehouse/", "Curated": "warehouse/", "Results": "athena/", "Logs": "",
    "Models": "segments/run/features/",
}  # fmt: skip
OBJECTS: dict[str, dict[str, set[str]]] = {
    "process/CleanRole": {"Raw": {READ, LIST}, "Cleaned": {READ, *WRITE}, "Quarantine": {READ, *WRITE}},
    "process/CurateRole": {"Cleaned": {READ}, "Curated": {READ, LIST, *WRITE}},
    "process/MaintainRole": {zone: {READ, LIST, *WRITE} for zone in ("Cleaned", "Quarantine", "Curated")},
    "train/ExportRole": {"Cleaned": {READ, *WRITE}},
    "train/KeepRole": {"Curated": {READ, *WRITE}, "Models": {LIST}},
    "train/SegmentsRole": {"Models": {READ, LIST, "s3:PutObject"}},
    "flows/SegmentsRole": {
        "Cleaned": {LIST},
        "Curated": {READ, LIST},
        "Results": {READ, LIST, "s3:PutObject"},
        "Models": {LIST, "s3:PutObject"},
    },
    "catalog/CallsCrawlerRole": {"Raw": {READ, LIST}},
    "catalog/CarriersCrawlerRole": {"Raw": {LIST}},
    **{f"flows/{name}Role": {"Cleaned": {READ, LIST}, "Results": {READ, LIST, "s3:PutObject"}} for name in ("Calls", "Maintenance")},
}
TABLES: dict[str, dict[str, set[str]]] = {
    "process/CleanRole": {"cleaned": CHANGE, "quarantine": CHANGE},
    "process/CurateRole": {"cleaned": SEE, "curated": CHANGE},
    "train/ExportRole": {"cleaned": CHANGE},
    "train/KeepRole": {"curated": CHANGE},
    "flows/SegmentsRole": {"curated": SEE},
    "process/MaintainRole": {"cleaned": CHANGE, **dict.fromkeys(("quarantine", "curated"), SEE | {"glue:UpdateTable"})},
    **{f"catalog/{name}CrawlerRole": {"raw": CHANGE} for name in ("Calls", "Carriers")},
    **{f"flows/{name}Role": {"cleaned": SEE} for name in ("Calls", "Maintenance")},
}
ROLES = (*OBJECTS, *SMALL)


@pytest.fixture(scope="module", params=ROLES)
def session(request: pytest.FixtureRequest) -> Session:
    return session_of(request.param, request)


def test_every_role_that_is_deployed_is_tried(recorded: Recorded, recorded_prod: Recorded) -> None:
    deployed = {*recorded.world.roles, *recorded_prod.world.roles}
    assert deployed == {*ROLES, "flows/MaintenanceClockRole"}  # the same construct as the clock of calls


@dataclass(frozen=True)
class Others:
    """Things of the same account that no role has to do with."""

    key: str
    topic: str


@pytest.fixture(scope="module")
def others(recorded: Recorded) -> Others:
    platform = recorded.platform
    key = platform.client("kms", root=True).create_key()["KeyMetadata"]["Arn"]
    return Others(key, platform.client("sns", root=True).create_topic(Name="others")["TopicArn"])


@pytest.mark.parametrize("zone", PREFIXES)
def test_a_role_reaches_the_objects_of_its_zones_only(session: Session, zone: str) -> None:
    bucket = session.record.world.arn("AWS::S3::Bucket", zone).removeprefix("arn:aws:s3:::")
    key = f"{PREFIXES[zone]}permissions/_{session.role.id}"  # a name that no run takes
    session.record.platform.client("s3", root=True).put_object(Bucket=bucket, Key=key, Body=b"1")
    s3 = session.client("s3")
    calls = {
        READ: lambda: s3.get_object(Bucket=bucket, Key=key),
        LIST: lambda: s3.list_objects_v2(Bucket=bucket, MaxKeys=1),
        "s3:PutObject": lambda: s3.put_object(Bucket=bucket, Key=key, Body=b"2"),
        "s3:DeleteObject": lambda: s3.delete_object(Bucket=bucket, Key=key),
    }
    for action, call in calls.items():
        decisions, refusal = session.tried(call)
        session.agree(decisions)
        assert (action in OBJECTS.get(session.role_name, {}).get(zone, set())) is not bool(refusal), (action, refusal)
        assert not refusal or f"{action} on resource: arn:aws:s3:::{bucket}" in refusal


def test_a_role_reaches_no_object_outside_the_prefixes_of_its_zones(session: Session) -> None:
    s3 = session.client("s3")
    for zone in ("Cleaned", "Quarantine", "Curated", "Results", "Models"):
        bucket = session.record.world.arn("AWS::S3::Bucket", zone).removeprefix("arn:aws:s3:::")
        for call in (s3.put_object, s3.delete_object):
            decisions, refusal = session.tried(lambda call=call, bucket=bucket: call(Bucket=bucket, Key="elsewhere/k"))  # type: ignore[misc]
            session.agree(decisions)
            assert "elsewhere/k" in refusal


@pytest.mark.parametrize("zone", ["raw", "cleaned", "quarantine", "curated"])
def test_a_role_reaches_the_tables_of_its_zones_only(session: Session, zone: str) -> None:
    glue, database = session.client("glue"), f"lakemill_{session.record.platform.env}_{zone}"
    name = f"permissions_{session.role.id.lower()}"
    table: dict[str, Any] = {"DatabaseName": database, "TableInput": {"Name": name}}
    calls = {
        "glue:CreateTable": lambda: glue.create_table(**table),
        "glue:UpdateTable": lambda: glue.update_table(**table),
        "glue:GetTable": lambda: glue.get_table(DatabaseName=database, Name=name),
        "glue:DeleteTable": lambda: glue.delete_table(DatabaseName=database, Name=name),
    }
    for action, call in calls.items():
        decisions, refusal = session.tried(call)
        session.agree(decisions)
        assert (action in TABLES.get(session.role_name, {}).get(zone, set())) is not bool(refusal), (action, refusal)
    with suppress(ClientError):
        session.record.platform.client("glue", root=True).delete_table(DatabaseName=database, Name=name)


def never(session: Session, others: Others) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What no role may do: the action, and a call that would do it."""
    of, world = session.client, session.record.world
    raw, key = world.arn("AWS::S3::Bucket", "Raw").removeprefix("arn:aws:s3:::"), world.arn("AWS::KMS::Key", "DataKey")
    name, machine = session.role.arn.rsplit("/", 1)[-1], world.arn("AWS::StepFunctions::StateMachine", "Calls")
    everything = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    job = {"Name": "mine", "Role": session.role.arn, "Command": {"Name": "glueetl", "ScriptLocation": f"s3://{raw}/mine.py"}}
    group = f"/lakemill/dev/jobs/lakemill-dev-jobs-role/{name}/output"
    yield "s3:PutBucketPolicy", lambda: of("s3").put_bucket_policy(Bucket=raw, Policy=everything)
    yield "s3:DeleteBucket", lambda: of("s3").delete_bucket(Bucket=raw)
    yield "s3:ListAllMyBuckets", lambda: of("s3").list_buckets()
    yield "glue:CreateDatabase", lambda: of("glue").create_database(DatabaseInput={"Name": "mine"})
    yield "glue:DeleteDatabase", lambda: of("glue").delete_database(Name="lakemill_dev_cleaned")
    yield "glue:CreateJob", lambda: of("glue").create_job(**job)
    yield "kms:GenerateDataKey", lambda: of("kms").generate_data_key(KeyId=others.key, KeySpec="AES_256")
    yield "kms:PutKeyPolicy", lambda: of("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=everything)
    yield "kms:ScheduleKeyDeletion", lambda: of("kms").schedule_key_deletion(KeyId=key)
    yield "iam:PutRolePolicy", lambda: of("iam").put_role_policy(RoleName=name, PolicyName="mine", PolicyDocument=everything)
    yield "iam:CreateUser", lambda: of("iam").create_user(UserName="mine")
    yield "states:UpdateStateMachine", lambda: of("stepfunctions").update_state_machine(stateMachineArn=machine, roleArn=session.role.arn)
    if START not in SMALL.get(session.role_name, set()):
        yield START, lambda: of("stepfunctions").start_execution(stateMachineArn=machine)
    yield "athena:StartQueryExecution", lambda: of("athena").start_query_execution(QueryString="select 1", WorkGroup="primary")
    yield "sns:Publish", lambda: of("sns").publish(TopicArn=others.topic, Message="mine")
    yield "logs:DeleteLogGroup", lambda: of("logs").delete_log_group(logGroupName=group)
    yield "cloudformation:DeleteStack", lambda: of("cloudformation").delete_stack(StackName="lakemill-dev-flows")


def test_no_role_does_what_none_is_for(session: Session, others: Others) -> None:
    for action, call in never(session, others):
        decisions, refusal = session.tried(call)
        assert action in refusal, f"{session.role_name} may {action}"
        assert [each.call.action for each in decisions if not each.allowed] == [action]
        session.agree(decisions)


@pytest.mark.parametrize("action", ["iam:PassRole", "sts:AssumeRole"])  # passing a model's to SageMaker: test_learning_roles.py
def test_no_role_passes_a_role_on_or_takes_another(session: Session, action: str) -> None:
    world, role = session.record.world, session.role
    for other in (*world.roles.values(), role):
        assert role.may(Call(role.arn, action, other.arn), world) is Verdict.NOT_ALLOWED
    assert role.may(Call(role.arn, action, f"arn:aws:iam::{ACCOUNT}:role/any"), world) is Verdict.NOT_ALLOWED
