"""Functions as tests see them: loaded from their folders, as Lambda does, since `lambda` is no package."""

import importlib.util
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

FOLDER = Path(__file__).parents[1] / "lambda"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def load(name: str) -> ModuleType:
    """The module of a function."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / name / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class AlreadyThere(Exception):
    """What Step Functions answers to a name that is taken."""


class FakeSteps:
    """Step Functions with one state machine. The clock stands still unless a test moves it."""

    exceptions = SimpleNamespace(ExecutionAlreadyExists=AlreadyThere)

    def __init__(self) -> None:
        self.now = NOON
        self.executions: dict[str, dict[str, Any]] = {}
        self.blind = False  # ListExecutions may lag behind
        self.listed: dict[str, Any] | None = None  # what it tells instead of the truth

    def list_executions(self, *, stateMachineArn: str, statusFilter: str = "", maxResults: int = 1000) -> dict[str, Any]:  # noqa: N803
        assert stateMachineArn == "the machine"
        if self.listed is not None:
            return self.listed
        newest = sorted(self.executions.values(), key=lambda each: each["startDate"], reverse=True)
        seen = [] if self.blind else [each for each in newest if statusFilter in ("", each["status"])]
        return {"executions": seen[:maxResults]}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:  # noqa: A002, N803
        assert stateMachineArn == "the machine"
        there = self.executions.get(name)
        if there and (there["status"], there["input"]) == ("RUNNING", input):
            return  # as AWS documents it: the same call again is no other run
        if there:
            raise AlreadyThere(name)
        self.executions[name] = {"name": name, "status": "RUNNING", "startDate": self.now, "input": input}

    def end(self, status: str = "SUCCEEDED") -> None:
        """Ends every run."""
        for each in self.executions.values():
            if each["status"] == "RUNNING":
                each["status"] = status

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Unknown(Exception):
    """What Glue answers about a partition that is not there."""


class Running(Exception):
    """What Glue answers to the start of a crawler that runs."""


class FakeGlue:
    """Glue with the partitions of one table, and a crawler that never ends."""

    exceptions = SimpleNamespace(EntityNotFoundException=Unknown, CrawlerRunningException=Running)

    def __init__(self) -> None:
        self.partitions: list[list[str]] = []
        self.asked = 0
        self.crawls: list[str] = []
        self.broken = False

    def get_partition(self, *, DatabaseName: str, TableName: str, PartitionValues: list[str]) -> None:  # noqa: N803
        assert (DatabaseName, TableName) == ("raw", "calls")
        self.asked += 1
        if self.broken:
            raise RuntimeError("no answer")
        if PartitionValues not in self.partitions:
            raise Unknown

    def start_crawler(self, *, Name: str) -> None:  # noqa: N803
        if Name in self.crawls:
            raise Running
        self.crawls.append(Name)
