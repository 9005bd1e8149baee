"""The function that takes away what runs of models have made: only at the end, only with both keys, only what carries the name."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from tests.functions import load
from tests.sagemaker_fake import FakeAws

function = load("train_clear_models")

NAME = "lakemill-dev-segments"
GROUP = f"arn:aws:sagemaker:eu-west-1:000000000000:model-package-group/{NAME}"
VERSION = f"arn:aws:sagemaker:eu-west-1:000000000000:model-package/{NAME}"
TRAINING, TRANSFORM, ENDPOINTS = (f"/aws/sagemaker/{each}" for each in ("TrainingJobs", "TransformJobs", "Endpoints"))


class Receiver(BaseHTTPRequestHandler):
    """Where CloudFormation takes answers."""

    got: list[tuple[Any, Any]]
    refuses: int

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).got.append((body, self.headers["Content-Type"]))
        type(self).refuses -= 1
        self.send_response(500 if type(self).refuses >= 0 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class World:
    """AWS, the time that the function has left, and a place where its answers arrive."""

    def __init__(self, url: str, receiver: Any) -> None:
        self.aws, self.url, self.receiver, self.seconds, self.slept = FakeAws(), url, receiver, 900.0, 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.seconds -= seconds

    def event(self, kind: str, **more: Any) -> dict[str, Any]:
        given = {"Name": NAME, "Group": GROUP, "Others": [f"{NAME}-wide"]}
        known = {} if kind == "Create" else {"PhysicalResourceId": "made before"}
        named = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "Segments"}
        return {"RequestType": kind, "ResponseURL": self.url, "ResourceProperties": given, **named, **known, **more}

    def answer(self, kind: str, **more: Any) -> dict[str, Any]:
        """The one answer to a call."""
        function.handler(self.event(kind, **more), SimpleNamespace(get_remaining_time_in_millis=lambda: self.seconds * 1000))
        [(body, type_)] = self.receiver.got
        self.receiver.got.clear()
        assert not type_
        found: dict[str, Any] = body
        return found

    def fill(self) -> None:
        """Several of each kind by the model's name; of others by names that begin alike, hold it, or are another model's."""
        names = [NAME, *(f"{NAME}-{number}" for number in range(5))]
        for kind in ("endpoint", "config", "model"):
            self.aws.there[kind] = [*names, *foreign()]
        for kind, group in (("training", TRAINING), ("transform", TRANSFORM)):
            self.aws.there[kind] = [*names[1:], *foreign(), f"{NAME}-ended"]
            self.aws.there["stream"] += [f"{group}|{each}/algo-1-17" for each in (*names[1:], *foreign())]
            self.aws.states |= dict.fromkeys([*names, *foreign()], "InProgress") | {f"{NAME}-ended": "Completed"}
        self.aws.there["version"] = [f"{VERSION}/{number}" for number in range(1, 8)] + [f"{VERSION}-wide/1"]
        self.aws.there["logs"] = [f"{ENDPOINTS}/{each}" for each in (*names, *foreign())]


def foreign() -> list[str]:
    return [f"{NAME}s", f"other-{NAME}", "lakemill-prod-segments-1", f"{NAME}-wide", f"{NAME}-wide-1"]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    receiver: Any = type("Here", (Receiver,), {"got": [], "refuses": 0})
    with HTTPServer(("127.0.0.1", 0), receiver) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        made = World(f"http://127.0.0.1:{server.server_port}/answer?Signature=x%2By", receiver)
        monkeypatch.setattr(function, "_client", made.aws.client)
        monkeypatch.setattr(function, "time", SimpleNamespace(sleep=made.sleep))  # the module is every thread's
        yield made
        server.shutdown()


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_nothing_is_done_until_the_end(world: World, kind: str) -> None:
    world.fill()
    assert world.answer(kind) == {
        "Status": "SUCCESS", "Reason": "", "PhysicalResourceId": NAME, "StackId": "stack", "RequestId": "request",
        "LogicalResourceId": "Segments",
    }  # fmt: skip
    assert world.aws.calls == []


def test_at_the_end_all_that_carries_the_name_goes_page_by_page_and_nothing_else(world: World) -> None:
    world.fill()
    assert world.answer("Delete")["Status"] == "SUCCESS"
    others = foreign()
    assert world.aws.left == {
        **dict.fromkeys(("endpoint", "config", "model"), others),
        **{kind: [*others, f"{NAME}-ended"] for kind in ("training", "transform")},
        "stream": [f"{group}|{each}/algo-1-17" for group in (TRAINING, TRANSFORM) for each in others],
        "version": [f"{VERSION}-wide/1"],
        "logs": [f"{ENDPOINTS}/{each}" for each in others],
    }
    assert world.slept == 0


def test_users_go_before_what_they_use_and_logs_last(world: World) -> None:
    world.fill()
    world.answer("Delete")
    removals = list(dict.fromkeys(each for each in world.aws.calls if each.startswith(("Stop", "Delete"))))
    assert removals == [
        "StopTrainingJob", "StopTransformJob", "DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel", "DeleteModelPackage",
        "DeleteLogStream", "DeleteLogGroup",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "tags", [None, [], [{"Key": "lakemill:erase", "Value": "false"}], [{"Key": "a", "Value": "true"}]], ids=["gone", "none", "no", "other"]
)
def test_without_the_word_of_both_keys_everything_stays(world: World, tags: list[dict[str, str]] | None) -> None:
    world.fill()
    before, world.aws.tags = dict(world.aws.left), tags
    assert world.answer("Delete")["Status"] == "SUCCESS"
    assert world.aws.left == before


def test_the_word_is_found_behind_many_other_tags(world: World) -> None:
    world.fill()
    world.aws.tags = [{"Key": f"k{number}", "Value": ""} for number in range(5)] + [{"Key": function.MARK, "Value": "true"}]
    world.answer("Delete")
    assert "DeleteModel" in world.aws.calls


def test_nothing_there_is_fine_and_so_is_a_second_time(world: World) -> None:
    assert world.answer("Delete")["Status"] == "SUCCESS"
    world.fill()
    for _ in range(2):
        assert world.answer("Delete") == {**world.answer("Delete"), "Status": "SUCCESS", "PhysicalResourceId": "made before"}


@pytest.mark.parametrize("operation", ["DescribeLogStreams", "DescribeLogGroups"])
def test_log_groups_that_nobody_made_yet_are_no_error(world: World, operation: str) -> None:
    world.aws.broken[operation] = "ResourceNotFoundException"
    assert world.answer("Delete")["Status"] == "SUCCESS"


def test_what_is_busy_is_waited_for(world: World) -> None:
    world.aws.there["endpoint"] = [f"{NAME}-1"]
    world.aws.busy = {f"{NAME}-1": 3}
    assert world.answer("Delete")["Status"] == "SUCCESS"
    assert (world.aws.left, world.slept) == ({}, 3 * function.EVERY_SECONDS)


def test_before_its_own_time_is_over_it_says_what_is_left_and_what_to_do(world: World) -> None:
    world.aws.there["endpoint"] = [f"{NAME}-{number}" for number in range(8)]
    world.aws.there["model"] = [f"{NAME}-1"]
    world.aws.busy = dict.fromkeys(world.aws.there["endpoint"], 10_000)
    said = world.answer("Delete")
    assert said["Status"] == "FAILED"
    assert said["Reason"] == (
        "The time is over; of kind endpoint these are left: " + ", ".join(f"{NAME}-{number}" for number in range(5))
        + f" and 3 more. AWS said: An error occurred (ValidationException) when calling the DeleteEndpoint operation: {NAME}-7 is in use. "
        "Destroy again: it goes on from there."
    )  # fmt: skip
    assert 80 < world.seconds < function.MARGIN_SECONDS
    assert world.aws.there["model"] == [f"{NAME}-1"]
    world.aws.busy, world.seconds = {}, 900
    assert world.answer("Delete")["Status"] == "SUCCESS"
    assert world.aws.left == {}


@pytest.mark.parametrize("operation", ["ListTags", "ListModels", "DeleteModel", "DescribeLogStreams", "DeleteLogGroup"])
def test_what_is_not_allowed_fails_at_once_with_the_reason(world: World, operation: str) -> None:
    world.fill()
    world.aws.broken[operation] = "AccessDeniedException"
    said = world.answer("Delete")
    assert said["Status"] == "FAILED"
    assert f"(AccessDeniedException) when calling the {operation} operation" in said["Reason"]
    assert world.slept == 0


def test_the_answer_is_short_enough_for_cloudformation(world: World) -> None:
    world.aws.broken["ListModels"] = "ä" * 10_000
    assert 3000 < len(json.dumps(world.answer("Delete"))) < 4096


def test_a_call_that_makes_no_sense_is_answered_too(world: World) -> None:
    said = world.answer("Delete", ResourceProperties={})
    assert (said["Status"], said["Reason"]) == ("FAILED", "KeyError: 'Name'. Mend that and destroy again: it goes on from there.")


def test_an_answer_that_does_not_arrive_is_given_again(world: World) -> None:
    world.receiver.refuses = 2
    function.answer(world.event("Delete"), problem="")
    assert len(world.receiver.got) == 3


def test_where_nobody_takes_the_answer_it_fails_so_that_lambda_calls_again(world: World) -> None:
    world.receiver.refuses = 99
    with pytest.raises(OSError, match="500"):
        function.answer(world.event("Delete"), problem="")
    assert len(world.receiver.got) == function.ANSWERS
