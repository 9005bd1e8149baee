"""State machines and schedules at home act as their roles, wait for what they start, and name errors as AWS does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Home, allow, until

ACCOUNT = "eu-west-1:000000000000"


class Flows:
    """Makes state machines of one task and runs them."""

    def __init__(self, home: Home) -> None:
        self.states, self.glue, self.s3, self.sns = (home.client(s) for s in ("stepfunctions", "glue", "s3", "sns"))
        self.s3.create_bucket(Bucket="flow-assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def job(self, name: str, script: str, role: str) -> None:
        self.s3.put_object(Bucket="flow-assets", Key=f"{name}.py", Body=script.encode())
        command = {"Name": "glueetl", "ScriptLocation": f"s3://flow-assets/{name}.py"}
        self.glue.create_job(Name=name, Role=role, GlueVersion="5.1", Command=command)

    def machine(self, name: str, role: str, **task: Any) -> str:
        definition = {"StartAt": "Do", "States": {"Do": {"Type": "Task", "End": True, **task}}}
        return str(self.states.create_state_machine(name=name, roleArn=role, definition=json.dumps(definition))["stateMachineArn"])

    def run(self, machine: str) -> dict[str, Any]:
        execution = self.states.start_execution(stateMachineArn=machine)["executionArn"]
        return self.ended(execution)

    def ended(self, execution: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.states.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        return dict(until(look))


@pytest.fixture(scope="module")
def flows(home: Home) -> Flows:
    return Flows(home)


@pytest.fixture(scope="module")
def job_role(flows: Flows, make_role: Callable[..., str]) -> str:
    return make_role("flow-job", allow("s3:GetObject", on="arn:aws:s3:::flow-assets/*"), allow("logs:*"))


SYNC = "arn:aws:states:::glue:startJobRun.sync"
HEAD = "arn:aws:states:::aws-sdk:s3:headObject"


@pytest.fixture(scope="module")
def table_role(flows: Flows, make_role: Callable[..., str]) -> str:
    """May do everything with the tables of database `flow_tables`, in which there is `one`."""
    flows.glue.create_database(DatabaseInput={"Name": "flow_tables"})
    flows.glue.create_table(DatabaseName="flow_tables", TableInput={"Name": "one", "Parameters": {"metadata_location": "s3://b/m"}})
    own = [f"arn:aws:glue:{ACCOUNT}:{name}" for name in ("catalog", "database/flow_tables", "table/flow_tables/*")]
    actions = ("GetTable", "GetTables", "CreateTable", "UpdateTable", "DeleteTable")
    return make_role("flow-tables", *(allow(f"glue:{action}", on=each) for action in actions for each in own))


class TestTheCatalog:
    """Entries of tables are read and changed by SDK integrations of Glue."""

    def asked(self, flows: Flows, role: str, operation: str, **given: Any) -> dict[str, Any]:
        name = f"catalog-{operation}-{given.get('Name', 'x')}-{given.get('DatabaseName', '')}".replace("_", "-")
        resource = f"arn:aws:states:::aws-sdk:glue:{operation}"
        return flows.run(flows.machine(name, role, Resource=resource, Parameters={"DatabaseName": "flow_tables", **given}))

    def test_an_entry_takes_what_another_points_at(self, flows: Flows, table_role: str) -> None:
        found = json.loads(self.asked(flows, table_role, "getTable", Name="one")["output"])["Table"]
        assert found["Parameters"] == {"metadata_location": "s3://b/m"}
        for operation, location in (("createTable", "s3://b/m"), ("updateTable", "s3://b/n")):
            entry = {"Name": "two", "Parameters": {"metadata_location": location}}
            assert self.asked(flows, table_role, operation, TableInput=entry)["status"] == "SUCCEEDED"
            kept = flows.glue.get_table(DatabaseName="flow_tables", Name="two")["Table"]
            assert kept["Parameters"] == {"metadata_location": location}
        assert self.asked(flows, table_role, "deleteTable", Name="one")["status"] == "SUCCEEDED"
        listed = json.loads(self.asked(flows, table_role, "getTables", Expression="two")["output"])["TableList"]
        assert [each["Name"] for each in listed] == ["two"]

    def test_errors_have_the_names_of_glues_own(self, flows: Flows, table_role: str) -> None:
        assert self.asked(flows, table_role, "getTable", Name="nobody")["error"] == "Glue.EntityNotFoundException"
        assert self.asked(flows, table_role, "getTable", Name="one", DatabaseName="another")["error"] == "Glue.AccessDeniedException"


class TestLookingAtAnObject:
    def test_gives_its_tag_and_the_names_that_amazons_sdk_has_for_what_is_wrong(self, flows: Flows, make_role: Callable[..., str]) -> None:
        tag = flows.s3.put_object(Bucket="flow-assets", Key="seen/here", Body=b"x")["ETag"]
        role = make_role("flow-head", allow("s3:GetObject", on="arn:aws:s3:::flow-assets/seen/*"), allow("s3:ListBucket"))
        keys = {"here": "seen/here", "gone": "seen/gone", "other": "unseen"}
        ended = {
            name: flows.run(flows.machine(f"head-{name}", role, Resource=HEAD, Parameters={"Bucket": "flow-assets", "Key": key}))
            for name, key in keys.items()
        }
        assert json.loads(ended["here"]["output"])["ETag"] == tag
        assert ended["gone"]["error"] == "S3.NoSuchKeyException"
        assert ended["other"]["error"] == "S3.S3Exception"


class TestGlueAndWait:
    def test_gives_the_run_when_it_has_succeeded(self, flows: Flows, job_role: str, make_role: Callable[..., str]) -> None:
        flows.job("good", "print('done')", job_role)
        role = make_role("flow-glue", allow("glue:*JobRun*", on=f"arn:aws:glue:{ACCOUNT}:job/good"))
        ended = flows.run(flows.machine("good", role, Resource=SYNC, Parameters={"JobName": "good", "Arguments": {"--x": "1"}}))
        assert ended["status"] == "SUCCEEDED", ended
        run = json.loads(ended["output"])
        assert (run["JobRunState"], run["Arguments"]["--x"]) == ("SUCCEEDED", "1")

    def test_fails_with_the_run_as_cause(self, flows: Flows, job_role: str, make_role: Callable[..., str]) -> None:
        flows.job("bad", "raise RuntimeError('counts differ')", job_role)
        role = make_role("flow-bad", allow("glue:*"))
        ended = flows.run(flows.machine("bad", role, Resource=SYNC, Parameters={"JobName": "bad"}))
        assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
        assert json.loads(ended["cause"])["ErrorMessage"] == "RuntimeError: counts differ"

    def test_is_refused_when_the_state_machine_may_not_start_the_job(
        self, flows: Flows, job_role: str, make_role: Callable[..., str]
    ) -> None:
        flows.job("other", "print(1)", job_role)
        role = make_role("flow-narrow", allow("glue:*JobRun*", on=f"arn:aws:glue:{ACCOUNT}:job/good"))
        ended = flows.run(flows.machine("narrow", role, Resource=SYNC, Parameters={"JobName": "other"}))
        assert ended["error"] == "Glue.AccessDeniedException"
        assert f"assumed-role/flow-narrow/{ended['name']} is not authorized to perform: glue:StartJobRun" in ended["cause"]

    def test_stops_the_run_when_its_time_is_over(self, flows: Flows, job_role: str, make_role: Callable[..., str]) -> None:
        flows.job("slow", "import time\ntime.sleep(60)", job_role)
        machine = flows.machine(
            "slow", make_role("flow-slow", allow("glue:*")), Resource=SYNC, Parameters={"JobName": "slow"}, TimeoutSeconds=1
        )
        assert flows.run(machine)["error"] == "States.Timeout"
        until(lambda: flows.glue.get_job_runs(JobName="slow")["JobRuns"][0]["JobRunState"] == "STOPPED", seconds=60)

    def test_stops_the_run_when_the_execution_is_stopped_and_names_a_second_run(
        self, flows: Flows, job_role: str, make_role: Callable[..., str]
    ) -> None:
        flows.job("long", "import time\ntime.sleep(60)", job_role)
        machine = flows.machine("long", make_role("flow-long", allow("glue:*")), Resource=SYNC, Parameters={"JobName": "long"})
        execution = flows.states.start_execution(stateMachineArn=machine)["executionArn"]
        until(lambda: flows.glue.get_job_runs(JobName="long")["JobRuns"])
        assert flows.run(machine)["error"] == "Glue.ConcurrentRunsExceededException"
        flows.states.stop_execution(executionArn=execution)
        until(lambda: flows.glue.get_job_runs(JobName="long")["JobRuns"][0]["JobRunState"] == "STOPPED", seconds=60)


class TestOtherIntegrations:
    def test_a_message_that_is_an_object_is_published_as_text(self, flows: Flows, make_role: Callable[..., str]) -> None:
        topic = flows.sns.create_topic(Name="news")["TopicArn"]
        role = make_role("flow-news", allow("sns:Publish", on=topic))
        ended = flows.run(
            flows.machine("news", role, Resource="arn:aws:states:::sns:publish", Parameters={"TopicArn": topic, "Message": {"a": 1}})
        )
        assert ended["status"] == "SUCCEEDED", ended
        other = flows.sns.create_topic(Name="other")["TopicArn"]
        ended = flows.run(
            flows.machine("other", role, Resource="arn:aws:states:::sns:publish", Parameters={"TopicArn": other, "Message": "m"})
        )
        assert ended["error"].startswith("SNS.Authorization")

    @pytest.mark.parametrize(
        "resource",
        [
            "arn:aws:states:::glue:getJobRun",
            "arn:aws:states:::sns:publish.sync",
            "arn:aws:states:::emr-serverless:startJobRun.sync",
            "arn:aws:states:::aws-sdk:s3:getObject",
        ],
    )
    def test_one_that_is_not_there_is_refused_when_the_machine_is_made(
        self, flows: Flows, make_role: Callable[..., str], resource: str, request: pytest.FixtureRequest
    ) -> None:
        role = make_role("flow-" + str(abs(hash(resource))))
        with pytest.raises(ClientError, match="is not recognized"):
            flows.machine("refused", role, Resource=resource, Parameters={})


class TestSchedules:
    def schedule(self, home: Home, name: str, role: str, machine: str, **more: Any) -> None:
        import datetime

        moment = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%S")
        target = {"Arn": machine, "RoleArn": role, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'}
        arguments = {"ScheduleExpression": f"at({moment})", "FlexibleTimeWindow": {"Mode": "OFF"}, "Target": target, **more}
        home.client("scheduler").create_schedule(Name=name, **arguments)

    def test_fires_under_its_role_and_only_with_the_right_to_start(self, home: Home, flows: Flows, make_role: Callable[..., str]) -> None:
        definition = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
        machine = flows.states.create_state_machine(name="clock", roleArn=make_role("clock"), definition=definition)["stateMachineArn"]
        self.schedule(home, "never", make_role("flow-nobody"), machine)
        self.schedule(home, "once", make_role("flow-clock", allow("states:StartExecution", on=machine)), machine)
        until(lambda: flows.states.list_executions(stateMachineArn=machine)["executions"], seconds=60)
        until(lambda: "flow-nobody" in (home.folder / "home.log").read_text(), seconds=30)
        started = flows.states.list_executions(stateMachineArn=machine)["executions"]
        assert len(started) == 1
        assert json.loads(flows.states.describe_execution(executionArn=started[0]["executionArn"])["input"])["at"].endswith("Z")

    def test_one_that_could_never_fire_is_refused(self, home: Home, make_role: Callable[..., str]) -> None:
        with pytest.raises(ClientError, match="state machines only"):
            self.schedule(home, "queue", "arn:aws:iam::000000000000:role/clock", "arn:aws:sqs:eu-west-1:000000000000:q")
