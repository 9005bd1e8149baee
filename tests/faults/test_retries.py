"""Fault: a task of a state machine fails twice and then works; the retries are those of the flow's template."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.conftest import Home, allow, until
from tests.templates.conftest import Synth, app_of, cdk_context, synth

__all__ = ["app_of", "cdk_context", "synth"]
BUSY = "Glue.ConcurrentRunsExceededException"


@pytest.fixture(scope="module")
def retries(synth: Synth) -> list[dict[str, Any]]:
    """The retries of the flow's first task, with every interval a second: only the clock is another."""
    machines = [r for r in synth().every("AWS::StepFunctions::StateMachine") if "Clean" in json.dumps(r.properties)]
    text = machines[0].properties["DefinitionString"]
    joined = text if isinstance(text, str) else "".join(p if isinstance(p, str) else "x" for p in text["Fn::Join"][1])
    found = json.loads(joined)["States"]["Clean"]["Retry"]
    assert any(BUSY in each["ErrorEquals"] for each in found)
    return [{**each, "IntervalSeconds": 1} for each in found]


def test_a_job_that_is_busy_twice_is_tried_until_it_works(home: Home, make_role: Callable[..., str], retries: list[dict[str, Any]]) -> None:
    s3, glue, states = (home.client(name) for name in ("s3", "glue", "stepfunctions"))
    s3.create_bucket(Bucket="busy", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="busy", Key="s.py", Body=b"import sys, time\ntime.sleep(float(sys.argv[-1]))")
    role = make_role("busy", allow("s3:*", "glue:*", "logs:*"))
    command = {"Name": "glueetl", "ScriptLocation": "s3://busy/s.py"}
    glue.create_job(Name="busy", Role=role, GlueVersion="5.1", Command=command, ExecutionProperty={"MaxConcurrentRuns": 1})
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::glue:startJobRun.sync",
        "Parameters": {"JobName": "busy", "Arguments": {"--seconds": "0"}},
        "Retry": retries,
        "End": True,
    }
    definition = json.dumps({"StartAt": "Clean", "States": {"Clean": task}})
    machine = states.create_state_machine(name="busy", roleArn=role, definition=definition)["stateMachineArn"]
    glue.start_job_run(JobName="busy", Arguments={"--seconds": "5"})
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    ended = until(lambda: _end(states, execution), seconds=60)
    events = states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    refusals = [e for e in events if BUSY in json.dumps(e, default=str)]
    assert ended["status"] == "SUCCEEDED", ended
    assert len(refusals) >= 2, "the fault never fired"
    assert sorted(r["JobRunState"] for r in glue.get_job_runs(JobName="busy")["JobRuns"]) == ["SUCCEEDED", "SUCCEEDED"]


def _end(states: Any, execution: str) -> dict[str, Any] | None:
    found: dict[str, Any] = states.describe_execution(executionArn=execution)
    return None if found["status"] == "RUNNING" else found
