"""A run whose role lacks a permission fails, and says which action on which resource: on the screen, to the topic, in the history."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from lakemill.samples import sample
from tests.flows.platform import Platform
from tests.flows.test_changes import subscribed
from tests.permissions.conftest import renamed
from tests.permissions.evaluator import listed
from tests.permissions.recorded import Recorded

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Lack:
    """A permission that a role loses, the step that fails then, the resource that the reason must name, and the flow."""

    role: str
    action: str
    resource: str
    step: str
    flow: str = "calls"

    def __str__(self) -> str:
        return f"{self.role} without {self.action}"


LACKS = (
    Lack("flows/CallsRole", "glue:StartJobRun", r"arn:aws:glue:[\w:-]+job/lakemill-dev-process-CleanJob\w+", "Clean"),
    Lack("process/CleanRole", "s3:ListBucket", r"arn:aws:s3:::lakemill-dev-storage-rawbucket[\w-]+", "Clean"),
    Lack("process/CleanRole", "glue:GetTable", r"arn:aws:glue:[\w:-]+(catalog|(database|table)/lakemill_dev_cleaned\S*)", "Clean"),
    Lack("process/CleanRole", "kms:Decrypt", r"arn:aws:kms:[\w:-]+key/[\w-]+", "Clean"),
    Lack("process/CurateRole", "s3:PutObject", r"arn:aws:s3:::lakemill-dev-storage-curatedbucket[\w-]+/\S+", "Curate"),
    Lack("flows/CallsRole", "athena:StartQueryExecution", r"arn:aws:athena:[\w:-]+workgroup/lakemill-dev", "Check"),
    Lack("train/ExportRole", "cassandra:Select", r"arn:aws:cassandra:[\w:-]+/keyspace/\w+/table/\w+", "Export", "segments"),
    Lack(
        "flows/SegmentsRole", "sagemaker:AddTags", r"arn:aws:sagemaker:[\w:-]+training-job/lakemill-dev-segments-\w+", "Train", "segments"
    ),
    Lack("train/SegmentsRole", "kms:CreateGrant", r"arn:aws:kms:[\w:-]+key/[\w-]+", "Train", "segments"),
    Lack(
        "train/KeepRole", "cassandra:Modify", r"arn:aws:cassandra:[\w:-]+/keyspace/lakemill_dev/table/customer_segments", "Keep", "segments"
    ),
)


@pytest.fixture(scope="module")
def waiting(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """The platform with a file that no run has taken."""
    files = sample("calls", tmp_path_factory.mktemp("more"), rows=20, files=1, seed=9).files
    recorded.platform.mill("load", "calls", *renamed(files, seed=9))
    return recorded.platform


@pytest.fixture(scope="module")
def inbox(waiting: Platform) -> str:
    return subscribed(waiting)


@contextmanager
def lacking(recorded: Recorded, lack: Lack) -> Iterator[None]:
    """The role without the action, as if its policy had been written so; then as before."""
    iam, name = recorded.platform.client("iam", root=True), recorded.world.roles[lack.role].arn.rsplit("/", 1)[-1]
    [policy] = iam.list_role_policies(RoleName=name)["PolicyNames"]
    whole = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
    rest = [{**each, "Action": [one for one in listed(each["Action"]) if one != lack.action]} for each in whole["Statement"]]
    changed = {**whole, "Statement": [each for each in rest if each["Action"]]}
    assert changed != whole
    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(changed))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(whole))


def test_what_a_run_would_take_is_listed_and_waits_on(waiting: Platform) -> None:
    before = waiting.value("select count(*) from cleaned.ledger")
    assert "-9.csv" in waiting.mill("run", "calls", "--dry-run")
    assert waiting.value("select count(*) from cleaned.ledger") == before


@pytest.mark.parametrize("lack", LACKS, ids=str)
def test_a_run_without_a_permission_says_action_and_resource(recorded: Recorded, waiting: Platform, inbox: str, lack: Lack) -> None:
    with lacking(recorded, lack):
        ended = waiting.try_mill("run", lack.flow)
    assert ended.returncode == 1
    cause = history(waiting, flow=lack.flow)
    for told in (cause, heard(waiting, inbox), ended.stdout + ended.stderr):
        said = " ".join(told.split())
        assert f"{lack.step} failed" in said
        assert re.search(r"AccessDenied|not authorized", said), said
        assert re.search(rf"{lack.action} on resource: {lack.resource}", re.sub(r"\s+", " ", told)), said
        assert "Traceback" not in said


def test_given_back_everything_the_run_takes_what_waited(waiting: Platform) -> None:
    before = waiting.value("select count(*) from cleaned.calls")
    waiting.mill("run", "calls")
    assert waiting.value("select count(*) from cleaned.calls") >= before
    assert waiting.value("select sum(rows_in) from cleaned.ledger where source_file like '%-9.csv'") == 20


def history(platform: Platform, *, flow: str) -> str:
    """The cause of the last execution's end."""
    states = platform.client("stepfunctions")
    [last, *_] = states.list_executions(stateMachineArn=platform.output("flows", f"Flow{flow.title()}"))["executions"]
    found = states.describe_execution(executionArn=last["executionArn"])
    assert found["status"] == "FAILED"
    return str(found["cause"])


def heard(platform: Platform, address: str) -> str:
    """The text of everything the queue has heard since it was last asked: alarms tell the topic too, so it may be much."""
    queues, texts = platform.client("sqs", root=True), []
    while found := queues.receive_message(QueueUrl=address, MaxNumberOfMessages=10, WaitTimeSeconds=2).get("Messages", []):
        texts += [json.loads(each["Body"])["Message"] for each in found]
        for each in found:
            queues.delete_message(QueueUrl=address, ReceiptHandle=each["ReceiptHandle"])
    return "\n".join(texts)
