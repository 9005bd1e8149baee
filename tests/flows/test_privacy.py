"""Personal data at home and on AWS: hashed where many look, and in no log of any run."""

import csv
import hmac
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from lakemill.samples.planted import Planted
from tests.flows.platform import Platform

NUMBER = re.compile(r"(?<!\d)\d{13}(?!\d)")
CLEAR = "select translated_calling_number as number, charged_duration as seconds from cleaned.calls where charged_duration > 97"
HASHED = (
    "select translated_calling_number as number, cast(charged_duration as integer) as seconds from curated.processed "
    "where cast(charged_duration as integer) > 97"
)


@pytest.fixture(scope="module")
def numbers(planted: Planted) -> set[str]:
    """Every phone number of the generated files."""
    found = set()
    for path in planted.files:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found |= {row["translated_calling_number"], row["translated_called_number"]} - {""}
    assert len(found) > 10_000
    return found


@pytest.fixture(scope="module")
def secret(ran: Platform) -> str:
    """The value of the key, which only the root key of this home may read besides the job."""
    arn = ran.output("process", "KeptOnDestroy")
    return str(ran.client("secretsmanager", root=True).get_secret_value(SecretId=arn)["SecretString"])


@pytest.mark.usefixtures("local_only")
def test_published_numbers_are_the_cleaned_ones_hashed_under_the_key_of_the_environment(ran: Platform, secret: str) -> None:
    expected = [(hmac.new(secret.encode(), row["number"].encode(), "sha256").hexdigest(), row["seconds"]) for row in ran.rows(CLEAR)]
    assert len(expected) > 100
    assert sorted((row["number"], row["seconds"]) for row in ran.rows(HASHED)) == sorted(expected)


@pytest.mark.usefixtures("local_only")
def test_people_who_work_with_data_may_not_read_the_key(ran: Platform) -> None:
    client = ran.client("secretsmanager")
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.get_secret_value(SecretId=ran.output("process", "KeptOnDestroy"))


@pytest.mark.usefixtures("local_only")
def test_no_log_of_any_run_has_a_phone_number_or_the_key(ran: Platform, numbers: set[str], secret: str) -> None:
    shown = ran.mill("quarantine", "show", "calls", "--limit", "0", "--format", "csv")
    assert set(NUMBER.findall(shown)) & numbers, "this test would not see a number"
    read = dict(logs(ran))
    assert {"home.log", "jobs", "history", "job runs", "queries", "mill run"} <= set(read)
    assert "rows in" in read["jobs"]
    assert "hourly_traffic" in read["jobs"]
    found = {name: sorted(set(NUMBER.findall(text)) & numbers)[:3] for name, text in read.items()}
    assert not {name: some for name, some in found.items() if some}
    assert not [name for name, text in read.items() if secret in text]


def logs(platform: Platform) -> Iterator[tuple[str, str]]:
    """Everything that is written about runs, by its name."""
    for path in platform.home.glob("*.log"):
        yield path.name, path.read_text(errors="replace")
    yield "mill run", (platform.home.parent / "run.out").read_text()
    yield "jobs", "\n".join(event["message"] for event in job_events(platform))
    states = platform.client("stepfunctions", root=True)
    machines = states.list_state_machines()["stateMachines"]
    runs = [run for each in machines for run in states.list_executions(stateMachineArn=each["stateMachineArn"])["executions"]]
    yield (
        "history",
        text_of([states.describe_execution(executionArn=run["executionArn"]) for run in runs])
        + text_of(
            [page for run in runs for page in states.get_paginator("get_execution_history").paginate(executionArn=run["executionArn"])]
        ),
    )
    glue = platform.client("glue", root=True)
    yield "job runs", text_of([glue.get_job_runs(JobName=each["Name"]) for each in glue.get_jobs()["Jobs"]])
    athena = platform.client("athena", root=True)
    asked = athena.list_query_executions(WorkGroup=platform.output("query", "Workgroup"))["QueryExecutionIds"]
    yield "queries", text_of([athena.get_query_execution(QueryExecutionId=each) for each in asked])


def job_events(platform: Platform) -> Iterator[dict[str, Any]]:
    """All events of all log groups."""
    client = platform.client("logs", root=True)
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            for events in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
                yield from events["events"]


def text_of(answers: list[Any]) -> str:
    """Answers of AWS as text."""
    return json.dumps(answers, default=str)
