"""Takes away what the runs of a model have made, once the stack that holds the model is destroyed.

CloudFormation calls it for a custom resource of each model. It acts only on Delete, and only while the group of the model's versions
carries the tag that both keys to destroy data set: a deployment that is rolled back, or one without the keys, takes the tag away first
and the resource after it, and then everything stays. What goes carries the model's name, alone or with a hyphen behind it. Each kind is
listed and removed until the list is empty, so what is gone already, or was half done by an earlier attempt, is no error.

CloudFormation always gets an answer: without one it waits for an hour. Shortly before the function's own time is over the answer is a
failure that names what is left; to destroy again goes on from there.
"""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MARK = "lakemill:erase"
MARGIN_SECONDS = 90.0  # the longest call with its retries, and the answer
EVERY_SECONDS = 5.0
NAMED = 5
LONGEST_REASON = 600  # characters, each of up to 6 bytes in JSON; the whole answer may have 4,096
ANSWERS = 3
GOING_ON = ("InProgress", "Stopping")
# Not to be removed now, or no longer there: the next list says which.
LATER = ("Conflict", "OperationAborted", "ResourceInUse", "ResourceNotFound", "Throttling", "ValidationException")
NOBODY = ("ResourceNotFound", "ResourceNotFoundException")

Event = Mapping[str, Any]


class NotAllGone(Exception):
    """Time is over and something is left: says what, and what to do."""


@dataclass(frozen=True)
class Kind:
    """Things of one kind: the calls that list and remove them, in the words of their service. `{name}` in `asked` is the model's."""

    what: str
    service: str
    lists: str
    found: tuple[str, str]  # where a list holds them, and the name of each
    removes: tuple[str, str]  # the call, and its parameter
    asked: Mapping[str, str]
    before: str = ""  # what stands before the names
    shared: Mapping[str, str] = field(default_factory=dict)  # parameters of both calls
    states: Sequence[str] = ()


def _of_sagemaker(what: str, lists: str, found: tuple[str, str], *, removes: str, states: Sequence[str] = ()) -> Kind:
    return Kind(what, "sagemaker", lists, found, (removes, found[1]), {"NameContains": "{name}"}, states=states)


def _jobs(what: str) -> Kind:
    """Jobs that go on: they are stopped, and stay in SageMaker's history, as it lets nobody remove every kind of them."""
    found, word = (f"{what.title()}JobSummaries", f"{what.title()}JobName"), f"{what}_job"
    return _of_sagemaker(f"running {what} job", f"list_{word}s", found, removes=f"stop_{word}", states=GOING_ON)


def _streams(of: str) -> Kind:
    group = {"logGroupName": f"/aws/sagemaker/{of}"}
    found, removes = ("logStreams", "logStreamName"), ("delete_log_stream", "logStreamName")
    return Kind(f"log stream in {of}", "logs", "describe_log_streams", found, removes, {"logStreamNamePrefix": "{name}-"}, shared=group)


ENDPOINT_LOGS = "/aws/sagemaker/Endpoints/"
KINDS = (  # in this order: what is used goes after its users, and logs go after what writes them
    _jobs("training"),
    _jobs("transform"),
    _of_sagemaker("endpoint", "list_endpoints", ("Endpoints", "EndpointName"), removes="delete_endpoint"),
    _of_sagemaker(
        "endpoint configuration", "list_endpoint_configs", ("EndpointConfigs", "EndpointConfigName"), removes="delete_endpoint_config"
    ),
    _of_sagemaker("model", "list_models", ("Models", "ModelName"), removes="delete_model"),
    Kind(
        "version", "sagemaker", "list_model_packages", ("ModelPackageSummaryList", "ModelPackageArn"),
        ("delete_model_package", "ModelPackageName"), {"ModelPackageGroupName": "{name}"}, before=":model-package/",
    ),
    _streams("TrainingJobs"),
    _streams("TransformJobs"),
    Kind(
        "log group", "logs", "describe_log_groups", ("logGroups", "logGroupName"), ("delete_log_group", "logGroupName"),
        {"logGroupNamePrefix": ENDPOINT_LOGS + "{name}"}, before=ENDPOINT_LOGS,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Owner:
    """A model by its name, and the models whose longer names begin with it."""

    name: str
    others: Sequence[str] = ()

    def owns(self, name: str) -> bool:
        """Whether something is this model's by its name, which may have parts after slashes."""
        first = name.partition("/")[0]
        return _begins(first, self.name) and not any(_begins(first, other) for other in self.others)


def _begins(name: str, whose: str) -> bool:
    return name == whose or name.startswith(f"{whose}-")


class Clearing:
    """Removes what an owner has. `seconds` tells the time that is left."""

    def __init__(self, client: Callable[[str], Any], *, owner: Owner, seconds: Callable[[], float]) -> None:
        self._client, self._owner, self._seconds = client, owner, seconds

    def allowed(self, group: str) -> bool:
        """Whether both keys are turned: the group of the versions, given by its ARN, is there and says so."""
        sagemaker = self._client("sagemaker")
        try:
            tags = [tag for page in sagemaker.get_paginator("list_tags").paginate(ResourceArn=group) for tag in page["Tags"]]
        except Exception as error:
            if "does not exist" in str(error) or _code(error).startswith(NOBODY):
                return False
            raise
        return {"Key": MARK, "Value": "true"} in tags

    def clear(self, kind: Kind) -> None:
        """Removes everything of a kind. Raises NotAllGone."""
        said, again = "", False
        while names := list(self._found(kind)):
            if again:
                time.sleep(EVERY_SECONDS)
            for at, name in enumerate(names):
                if self._seconds() < MARGIN_SECONDS:
                    raise NotAllGone(_left(kind, names[at:], said=said))
                said = self._remove(kind, name) or said
            again = True

    def _found(self, kind: Kind) -> Iterator[str]:
        member, name = kind.found
        for state in kind.states or ("",):
            asked = {key: value.format(name=self._owner.name) for key, value in kind.asked.items()} | dict(kind.shared)
            asked |= {"StatusEquals": state} if state else {}
            try:
                pages = [page[member] for page in self._client(kind.service).get_paginator(kind.lists).paginate(**asked)]
            except Exception as error:
                if not _code(error).startswith(NOBODY):
                    raise
                continue
            for found in (each[name] for page in pages for each in page):
                if self._owner.owns(found.partition(kind.before)[2] if kind.before else found):
                    yield found

    def _remove(self, kind: Kind, name: str) -> str:
        """Removes one thing; what AWS said, if it is not to go now."""
        call, parameter = kind.removes
        try:
            getattr(self._client(kind.service), call)(**{parameter: name}, **kind.shared)
        except Exception as error:
            if not _code(error).startswith(LATER):
                raise
            return str(error)
        say("INFO", call, name=name)
        return ""


def handler(event: Event, context: Any) -> None:
    """Answers CloudFormation, whatever happens. Raises only if it cannot be reached: then Lambda calls again, and nothing is lost."""
    try:
        if event["RequestType"] == "Delete":
            clear(event["ResourceProperties"], client=_client, seconds=lambda: context.get_remaining_time_in_millis() / 1000)
        problem = ""
    except NotAllGone as error:
        problem = str(error)
    except Exception as error:
        problem = f"{type(error).__name__}: {error}. Mend that and destroy again: it goes on from there."
    if problem:
        say("ERROR", "not cleared", problem=problem)
    answer(event, problem=problem)


def clear(given: Event, *, client: Callable[[str], Any], seconds: Callable[[], float]) -> None:
    """Removes everything of the model that a custom resource is for, if it may go."""
    clearing = Clearing(client, owner=Owner(given["Name"], given.get("Others", ())), seconds=seconds)
    if not clearing.allowed(given["Group"]):
        say("INFO", "kept", name=given["Name"])
        return
    for kind in KINDS:
        clearing.clear(kind)


def answer(event: Event, *, problem: str) -> None:
    """Tells CloudFormation how it went."""
    given = event.get("ResourceProperties", {}).get("Name", "unnamed")
    body = {
        "Status": "FAILED" if problem else "SUCCESS",
        "Reason": problem[:LONGEST_REASON],
        "PhysicalResourceId": event["PhysicalResourceId"] if event["RequestType"] == "Delete" else given,
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # The address is signed for a request without a type of content.
    request = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310
    for attempt in range(1, ANSWERS + 1):
        try:
            with urllib.request.urlopen(request, timeout=10):  # noqa: S310
                return
        except OSError:
            if attempt == ANSWERS:
                raise
            time.sleep(attempt)


def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    if service not in _clients:
        config = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 4})
        _clients[service] = boto3.client(service, config=config)
    return _clients[service]


_clients: dict[str, Any] = {}


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def _left(kind: Kind, names: Sequence[str], *, said: str) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    heard = f" AWS said: {said}." if said else ""
    return (
        f"The time is over; of kind {kind.what} these are left: {', '.join(names[:NAMED])}{more}.{heard} "
        "Destroy again: it goes on from there."
    )


def say(level: str, what: str, **about: Any) -> None:
    """One line of JSON into the log."""
    print(json.dumps({"level": level, "what": what, **about}))
