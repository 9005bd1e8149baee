"""Starts a run of a flow for files that have arrived.

It is given batches of messages, each an event of S3 that EventBridge put into the queue. A message is done when a run that began
after its file had landed has not failed: such a run takes the file, as each run takes every file that is not yet taken. While
another run goes on, messages are given back to the queue and come again. A message that is no such event is given back until the
queue puts it among the dead letters; it never holds up the others. Logs are one line of JSON each and never hold what a file holds.

Two starters may work at the same time, and the list of runs may lag behind. A run is named after the run that it follows, and names
are taken once: of starters that saw the same runs one starts the next, and the others give their messages back.

Files in a folder that is no partition in the catalog also start their dataset's crawler. That is beside the run: neither
waits for the other, and a crawler that cannot be started changes nothing for the run.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

MARK = "arrival"
MARGIN = timedelta(seconds=5)  # the event's time has whole seconds, and S3's clock is not that of Step Functions
FAILED = ("FAILED", "TIMED_OUT", "ABORTED")
LOOKED_AT = 100
FOLDERS_LOOKED_AT = 20

Answer = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that has landed: key, version (or ETag, in a bucket without versions) and time."""

    key: str
    version: str
    landed: datetime

    @property
    def ignored(self) -> bool:
        """Whether runs leave it alone: marks of folders, and hidden names."""
        return self.key.rsplit("/", 1)[-1][:1] in ("", "_", ".")


@dataclass(frozen=True, kw_only=True)
class Run:
    """An execution of the state machine."""

    name: str
    status: str
    began: datetime

    def takes(self, file: File) -> bool:
        """Whether the file is in this run: one that arrival started, after the file had landed, and that has not failed."""
        return self.name.startswith(f"{MARK}-") and self.status not in FAILED and file.landed + MARGIN <= self.began


class Machine:
    """The flow's state machine."""

    def __init__(self, client: Any, *, arn: str) -> None:
        self._client = client
        self._arn = arn

    def runs(self) -> list[Run]:
        """The latest runs, and every one that is going on."""
        latest = self._client.list_executions(stateMachineArn=self._arn, maxResults=LOOKED_AT)["executions"]
        going = self._client.list_executions(stateMachineArn=self._arn, statusFilter="RUNNING")["executions"]
        found = {each["name"]: each for each in (*going, *latest)}
        return [Run(name=name, status=each["status"], began=each["startDate"]) for name, each in found.items()]

    def start(self, name: str, *, batch: str) -> bool:
        """Starts a run for a batch; False if there is, or was, one of that name for another batch."""
        try:
            self._client.start_execution(stateMachineArn=self._arn, name=name, input=json.dumps({MARK: batch}))
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True


class Shelves:
    """The folders of raw that the catalog knows: partitions of the tables that crawlers keep. Crawlers by dataset."""

    def __init__(self, client: Any, *, database: str, crawlers: Mapping[str, str]) -> None:
        self._client = client
        self._database = database
        self._crawlers = crawlers

    def put(self, files: Iterable[File]) -> None:
        """Sees to it that folders nobody knew are found. Never raises: runs do not depend on it."""
        folders: dict[str, set[tuple[str, ...]]] = {}
        for file in files:
            dataset, *below, _ = file.key.split("/") if "/" in file.key else ("", "")
            if below and dataset in self._crawlers:
                folders.setdefault(dataset, set()).add(tuple(part.partition("=")[2] or part for part in below))
        for dataset, found in folders.items():
            try:
                self._find(dataset, sorted(found)[-FOLDERS_LOOKED_AT:])
            except Exception as error:  # a run is worth more than what a crawler would say
                say("ERROR", "no crawl", dataset=dataset, problem=type(error).__name__)

    def _find(self, dataset: str, folders: Iterable[tuple[str, ...]]) -> None:
        if all(self._knows(dataset, values) for values in folders):
            return
        try:
            self._client.start_crawler(Name=self._crawlers[dataset])
            say("INFO", "crawl started", dataset=dataset)
        except self._client.exceptions.CrawlerRunningException:
            say("INFO", "a crawl goes on", dataset=dataset)

    def _knows(self, dataset: str, values: tuple[str, ...]) -> bool:
        try:
            self._client.get_partition(DatabaseName=self._database, TableName=dataset, PartitionValues=list(values))
        except self._client.exceptions.EntityNotFoundException:
            return False
        return True


def handler(event: dict[str, Any], _context: object) -> Answer:
    """What Lambda calls: the batch's messages that must come again."""
    import boto3

    machine = Machine(boto3.client("stepfunctions"), arn=os.environ["STATE_MACHINE_ARN"])
    shelves = Shelves(boto3.client("glue"), database=os.environ["RAW_DATABASE"], crawlers=json.loads(os.environ["CRAWLERS"]))
    return answer(event["Records"], machine=machine, shelves=shelves, now=datetime.now(UTC))


def answer(records: Iterable[dict[str, Any]], *, machine: Machine, shelves: Shelves, now: datetime) -> Answer:
    """Starts a run if the batch holds files that no run takes, and reports the messages that must come again."""
    files, broken = read(records)
    back = broken + (arrived(files, machine=machine, now=now) if files else [])
    shelves.put(files.values())
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in back]}


def read(records: Iterable[dict[str, Any]]) -> tuple[dict[str, File], list[str]]:
    """The files by message id, without those that runs ignore; and the ids of messages that name no file."""
    files: dict[str, File] = {}
    broken: list[str] = []
    for record in records:
        identifier = record["messageId"]
        try:
            file = file_of(json.loads(record["body"]))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            broken.append(identifier)
            say("ERROR", "not an event of S3", message=identifier, problem=type(error).__name__)
            continue
        if not file.ignored:
            files[identifier] = file
    return files, broken


def file_of(event: Any) -> File:
    """The file of which an event tells; ValueError, TypeError or KeyError if it tells of none."""
    detail = event["detail"]["object"]
    key, version = detail["key"], detail.get("version-id") or detail["etag"]
    landed = datetime.fromisoformat(event["time"])
    if not (isinstance(key, str) and isinstance(version, str)) or landed.tzinfo is None:
        raise ValueError("key and version are text, and the time has a zone")
    return File(key=key, version=version, landed=landed)


def arrived(files: dict[str, File], *, machine: Machine, now: datetime) -> list[str]:
    """Sees to it that a run takes the files; the ids of messages that have to come again."""
    runs = machine.runs()
    waiting = {identifier: file for identifier, file in files.items() if not any(run.takes(file) for run in runs)}
    busy = [run.name for run in runs if run.status == "RUNNING"]
    counts = {"waiting": len(waiting), "taken": len(files) - len(waiting)}
    if not waiting or busy:
        say("INFO", "another run goes on" if waiting else "a run takes them", runs=busy, **counts)
        return list(waiting)
    name = following(runs, now=now)
    if not machine.start(name, batch=digest(waiting.values())):
        say("INFO", "another starter was first", run=name, **counts)
        return list(waiting)
    say("INFO", "run started", run=name, files=len(waiting), taken=counts["taken"])
    return []


def following(runs: Iterable[Run], *, now: datetime) -> str:
    """The name of the run after these: the same for all who see the same latest run.

    It changes with the hour, so that a name which is taken though no run of it is listed cannot hold files up for ever: Step
    Functions keeps names for 90 days, and nobody says that a state machine which is made anew starts afresh.
    """
    latest = max(runs, key=lambda run: (run.began, run.name), default=None)
    seen = [latest.name if latest else "", f"{now.astimezone(UTC):%Y-%m-%dT%H}"]
    return f"{MARK}-{hashed(seen)}"


def digest(files: Iterable[File]) -> str:
    """A hash over the files' keys and versions, whatever their order and however often each is named."""
    return hashed(sorted({(file.key, file.version) for file in files}))


def hashed(value: Any) -> str:
    """Half a sha256 over a value: names of runs have 80 characters at most."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:32]


def say(level: str, what: str, **about: Any) -> None:
    """One line of JSON into the log."""
    print(json.dumps({"level": level, "what": what, **about}))
