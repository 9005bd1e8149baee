"""Files that arrive start runs by themselves: a home with arrival on, which takes five hundred small files."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.flows.platform import Platform, copied, deployed

pytestmark = [pytest.mark.usefixtures("local_only"), pytest.mark.slow]

WINDOW, FILES, WITHIN_SECONDS, PATIENCE = 20, 500, 30, 600
HEADER = (
    "start_datetime,translated_calling_number,translated_called_number,connect_datetime,disconnect_datetime,charged_duration,"
    "originating_carrier_id,terminating_carrier_id,call_direction"
)


def content(number: int) -> bytes:
    """A file with one call that no other file has."""
    at = f"0{1 + number % 9}-02-2020 10:{number % 60:02}"
    return f"{HEADER}\n{at},0100{number:06},0209{number:06},{at},{at},5,1,2,1\n".encode()


def until(look: Callable[[], Any], *, seconds: float = PATIENCE) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(1)
    raise AssertionError("waited in vain")


class Arrivals:
    """The raw bucket, the flow and the queues of a platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.s3, self.steps = platform.client("s3"), platform.client("stepfunctions")
        self.sqs = platform.client("sqs", root=True)
        self.bucket, self.machine = platform.output("storage", "RawBucket"), platform.output("flows", "FlowCalls")

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def runs(self) -> list[dict[str, Any]]:
        """From the first to the last."""
        found: list[dict[str, Any]] = self.steps.list_executions(stateMachineArn=self.machine)["executions"]
        return found[::-1]

    def curating(self) -> bool:
        """Whether the first run is beyond its clean job, and not yet at its end."""
        if not self.runs():
            return False
        history = self.steps.get_execution_history(executionArn=self.runs()[0]["executionArn"], maxResults=1000)["events"]
        return any(each.get("stateEnteredEventDetails", {}).get("name") == "Curate" for each in history)

    def messages(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return sum(int(each) for each in self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())

    @property
    def queue(self) -> str:
        [url] = [each for each in self.sqs.list_queues()["QueueUrls"] if "ArrivalQueue" in each]
        return str(url)

    @property
    def dead_letters(self) -> str:
        policy = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
        name = json.loads(policy)["deadLetterTargetArn"].rsplit(":", 1)[-1]
        return str(self.sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def quiet(self) -> bool:
        return self.messages(self.queue) == 0 and all(each["status"] != "RUNNING" for each in self.runs())


@pytest.fixture(scope="module")
def arrivals(where: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arrivals]:
    """A copy of the project with the narrowest window, deployed into a home of its own."""
    if where != "local":
        pytest.skip("deploys changed settings: only at home")
    folder = tmp_path_factory.mktemp("arrival")
    project = copied(folder / "project")
    settings = json.loads((project / "cdk.json").read_text())
    settings["context"]["environments"]["dev"]["arrival_seconds"] = WINDOW
    (project / "cdk.json").write_text(json.dumps(settings))
    with deployed(folder / "home", project=project) as platform:
        yield Arrivals(platform)


def test_500_files_in_30_seconds_start_1_to_3_runs_which_take_each_once_and_a_file_mid_run_is_in_the_next(arrivals: Arrivals) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: arrivals.put(f"calls/small-{number:04}.csv", content(number)), range(FILES)))
    assert time.monotonic() - began < WITHIN_SECONDS

    until(arrivals.curating)
    assert arrivals.runs()[0]["status"] == "RUNNING"
    arrivals.put("calls/late.csv", content(FILES))
    until(arrivals.quiet)

    runs = arrivals.runs()
    assert 1 <= len(runs) <= 3
    assert {each["status"] for each in runs} == {"SUCCEEDED"}
    taken = arrivals.platform.rows("select source_file, run_id, rows_in, rows_cleaned from cleaned.ledger")
    expected = {*(f"calls/small-{number:04}.csv" for number in range(FILES)), "calls/late.csv"}
    assert {each["source_file"] for each in taken} == expected
    assert len(taken) == FILES + 1
    assert all((each["rows_in"], each["rows_cleaned"]) == (1, 1) for each in taken)
    assert arrivals.platform.value("select count(*) from cleaned.calls") == FILES + 1
    [late] = [each["run_id"] for each in taken if each["source_file"] == "calls/late.csv"]
    assert late == runs[1]["name"] != runs[0]["name"]
    assert arrivals.messages(arrivals.dead_letters) == 0


def test_marks_and_other_prefixes_start_nothing(arrivals: Arrivals) -> None:
    before = len(arrivals.runs())
    for key in ("calls/", "calls/_SUCCESS", "calls/.hidden", "elsewhere/a.csv"):
        arrivals.put(key, b"")
    until(lambda: arrivals.messages(arrivals.queue) == 3, seconds=30)
    until(arrivals.quiet)
    assert len(arrivals.runs()) == before
