"""An endpoint by setting, at home: it answers as the mapping says, changes without a gap, and stays as it was when a run goes wrong."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from lakemill.samples import sample
from tests.flows.platform import Platform, copied

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_only")]

NAME = "lakemill-dev-segments"
LINES = 8_000
PATIENCE, A_RUN = 120.0, 600.0
FEATURES = "select customer_id, recency, frequency, monetary from curated.customer_features"


@dataclass(frozen=True)
class Served:
    """A platform whose model has an endpoint."""

    platform: Platform

    def ask(self, lines: str) -> list[tuple[str, int, float]]:
        """What the endpoint answers, asked as the platform's user."""
        runtime = self.platform.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(EndpointName=NAME, Body=lines, ContentType="text/csv", Accept="text/csv")
        cells = [line.split(",") for line in answer["Body"].read().decode().splitlines()]
        return [(name, int(segment), float(distance)) for name, segment, distance in cells]

    def endpoint(self) -> dict[str, Any]:
        found: dict[str, Any] = self.platform.client("sagemaker").describe_endpoint(EndpointName=NAME)
        return found

    def kept(self) -> tuple[list[str], list[str]]:
        """The names of all configurations and of all models."""
        sagemaker = self.platform.client("sagemaker")
        configs = sagemaker.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
        models = sagemaker.list_models(MaxResults=100)["Models"]
        return [each["EndpointConfigName"] for each in configs], [each["ModelName"] for each in models]

    def serves(self, version: int) -> str:
        """The name under which this version is served, with nothing left of others."""
        found = self.endpoint()
        name = str(found["EndpointConfigName"])
        assert found["EndpointStatus"] == "InService"
        assert name.endswith(f"-v{version}")
        assert self.kept() == ([name], [name])
        return name

    def run(self, *, when: str = "", do: Callable[[], object] = lambda: None) -> subprocess.CompletedProcess[str]:
        """A run of the flow, and something done as soon as it has come to the step `when`."""
        ended: list[subprocess.CompletedProcess[str]] = []
        before = self.runs()
        running = threading.Thread(target=lambda: ended.append(self.platform.try_mill("run", "segments")))
        running.start()
        try:
            if when:
                until(lambda: self.reached(before, step=when), seconds=A_RUN)
                do()
        finally:
            running.join()
        return ended[0]

    def runs(self) -> list[str]:
        states = self.platform.client("stepfunctions")
        machine = self.platform.output("flows", "FlowSegments")
        return [each["executionArn"] for each in states.list_executions(stateMachineArn=machine)["executions"]]

    def reached(self, before: list[str], *, step: str) -> bool:
        """Whether a run that is not among those before has entered a step."""
        states = self.platform.client("stepfunctions")
        new = [each for each in self.runs() if each not in before]
        pages = (states.get_execution_history(executionArn=each, maxResults=1000)["events"] for each in new)
        return any(event.get("stateEnteredEventDetails", {}).get("name") == step for events in pages for event in events)

    def artefact(self, version: int) -> tuple[str, str]:
        """Bucket and key of a version's artefact."""
        sagemaker = self.platform.client("sagemaker")
        versions = sagemaker.list_model_packages(ModelPackageGroupName=NAME, MaxResults=100)["ModelPackageSummaryList"]
        [arn] = [each["ModelPackageArn"] for each in versions if each["ModelPackageVersion"] == version]
        containers = sagemaker.describe_model_package(ModelPackageName=arn)["InferenceSpecification"]["Containers"]
        bucket, _, key = str(containers[0]["ModelDataUrl"]).removeprefix("s3://").partition("/")
        return bucket, key


def until(look: Callable[[], object], *, seconds: float = PATIENCE) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A copy of the project with an endpoint on an instance, deployed into a home of its own, loaded and run."""
    folder = tmp_path_factory.mktemp("serving")
    project = copied(folder / "project")
    settings = json.loads((project / "cdk.json").read_text())
    more = {"segments": True, "approve_models": True, "model_endpoint": "instance", "endpoint_capture_percent": 100}
    settings["context"]["environments"]["dev"].update(more)
    (project / "cdk.json").write_text(json.dumps(settings))
    platform = Platform(folder / "home", project=project)
    planted = sample("retail", folder / "retail", rows=LINES, files=1, seed=7)
    try:
        platform.mill("up")
        platform.mill("load", "retail", *planted.files)
        platform.mill("run", "segments")
        yield Served(platform)
    finally:
        platform.try_mill("down", "--erase", "--yes")


@pytest.fixture
def lines(served: Served) -> str:
    rows = served.platform.rows(FEATURES)
    return "".join(f"{each['customer_id']},{each['recency']},{each['frequency']},{each['monetary']}\n" for each in rows)


def test_the_endpoint_answers_for_every_customer_as_the_mapping_says(served: Served, lines: str) -> None:
    found = served.platform.rows("select customer_id, segment, distance from curated.customer_segments")
    answered = {who: (segment, distance) for who, segment, distance in served.ask(lines)}
    assert len(found) > 30
    assert {each["customer_id"]: each["segment"] for each in found} == {who: segment for who, (segment, _) in answered.items()}
    assert [answered[each["customer_id"]][1] for each in found] == pytest.approx([each["distance"] for each in found], abs=1e-6)
    served.serves(1)
    first = lines.partition("\n")[0]
    assert str(answered[first.partition(",")[0]][0]) in served.platform.mill("assign", "segments", first).split()
    bucket, key = served.artefact(1)
    prefix = f"segments/captured/{NAME}/all/"
    until(lambda: served.platform.client("s3", root=True).list_objects_v2(Bucket=bucket, Prefix=prefix)["KeyCount"] >= 2)
    assert key.startswith("segments/segments-")


def test_the_next_run_changes_the_endpoint_without_a_gap_and_leaves_nothing_behind(served: Served, lines: str) -> None:
    before, ended, wrong, asked = served.serves(1), threading.Event(), [], 0
    right = served.ask(lines)

    def ask() -> None:
        nonlocal asked
        while not ended.is_set():
            try:
                found = served.ask(lines)
            except Exception as error:
                wrong.append(repr(error))
            else:
                asked += 1
                wrong.extend([] if found == right else ["another answer"])  # the data has not changed, so neither has the model
            time.sleep(0.05)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        run = served.run()
    finally:
        ended.set()
        asking.join()
    assert run.returncode == 0, run.stderr
    assert wrong == []
    assert asked > 50
    assert served.serves(2) != before


def test_an_artefact_that_was_changed_after_its_registration_is_not_served(served: Served, lines: str) -> None:
    before, right = served.serves(2), served.ask(lines)

    def cut() -> None:
        s3, (bucket, key) = served.platform.client("s3", root=True), served.artefact(3)
        whole = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=key, Body=whole[: len(whole) // 2])

    run = served.run(when="Keep", do=cut)
    assert run.returncode == 1
    assert f"The endpoint {NAME} stays as it was: the artefact of version 3 was changed after it was registered" in run.stderr
    assert served.serves(2) == before
    assert served.ask(lines) == right


def test_a_model_that_is_worse_than_the_live_one_leaves_the_endpoint_as_it_is(served: Served) -> None:
    before = served.serves(2)
    sagemaker = served.platform.client("sagemaker", root=True)
    newest = sagemaker.list_model_packages(ModelPackageGroupName=NAME, SortBy="CreationTime", SortOrder="Descending")
    known = sagemaker.describe_model_package(ModelPackageName=newest["ModelPackageSummaryList"][0]["ModelPackageArn"])
    sagemaker.create_model_package(
        ModelPackageGroupName=NAME,
        InferenceSpecification=known["InferenceSpecification"],
        ModelApprovalStatus="Approved",
        CustomerMetadataProperties={"silhouette": "0.99"},
    )
    run = served.run()
    assert run.returncode == 1
    assert "The new model was not promoted" in run.stderr
    assert served.serves(2) == before
