"""A platform that answers like AWS, from plain dictionaries."""

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from cli.app import app

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
OUTPUTS = {
    "storage": {f"{zone}Bucket": f"b-{zone.lower()}" for zone in ("Raw", "Cleaned", "Curated", "Quarantine")},
    "catalog": {f"{zone}Database": f"lakemill_dev_{zone.lower()}" for zone in ("Raw", "Cleaned", "Curated", "Quarantine")},
    "process": {"JobLogGroup": "/lakemill/dev/jobs"},
    "query": {"Workgroup": "lakemill-dev"},
    "flows": {"NoticeTopic": "arn:topic", "FlowCalls": "arn:aws:states:eu-west-1:000000000000:stateMachine:calls"},
    "observe": {},
}


def _error(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Pages:
    """A paginator over one page."""

    def __init__(self, page: Callable[..., dict[str, Any]]) -> None:
        self.page = page

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        yield self.page(**arguments)


class Fake:
    """All clients in one: deployed stacks, a raw bucket, one query's answer, one execution."""

    class exceptions:  # noqa: N801
        class ExecutionAlreadyExists(Exception):
            """As boto3's clients have it."""

        class EntityNotFoundException(Exception):
            """As boto3's clients have it."""

        class CrawlerRunningException(Exception):
            """As boto3's clients have it."""

    region = "eu-west-1"

    def __init__(self) -> None:
        self.outputs = {stage: dict(outputs) for stage, outputs in OUTPUTS.items()}
        self.objects: dict[str, str] = {}
        self.sent: list[str] = []
        self.asked: list[str] = []
        self.taken: set[str] = set()
        self.started: list[str] = []
        self.given: list[str] = []
        self.content: dict[str, bytes] = {}
        self.arrived: dict[str, datetime] = {}
        self.read: list[tuple[str, str]] = []
        self.columns = ["source_file", "version", "line", "reason", "raw", "refused_at"]
        self.answer: list[list[str | None]] = [["n"], ["7"]]
        self.types = ["bigint"]
        self.answers: list[list[list[str | None]]] = []
        self.query_state: dict[str, str] = {"State": "SUCCEEDED"}
        self.ended: dict[str, str] = {"status": "SUCCEEDED"}
        self.events: list[dict[str, Any]] = []
        self.named: list[dict[str, str]] = []
        self.tables: dict[str, list[str]] = {}
        self.executions: list[dict[str, Any]] = []
        self.alarms: list[dict[str, Any]] = []
        self.crawled: dict[str, dict[str, Any]] = {}
        self.partitions: list[list[str]] = []
        self.crawler: dict[str, Any] = {"State": "READY"}
        self.crawls: list[str] = []
        self.finds: Callable[[], None] = lambda: None

    def __call__(self, service: str) -> "Fake":
        return self

    def get_paginator(self, operation: str) -> Pages:
        return Pages(getattr(self, operation))

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        stage = StackName.removeprefix("lakemill-dev-")
        if stage not in self.outputs:
            raise _error("ValidationError", f"Stack with id {StackName} does not exist", "DescribeStacks")
        pairs = [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs[stage].items()]
        return {"Stacks": [{"StackStatus": "CREATE_COMPLETE", "Outputs": pairs}]}

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.objects:
            raise _error("404", "Not Found", "HeadObject")
        return {"Metadata": {"sha256": self.objects[Key]}}

    def upload_file(self, path: str, bucket: str, key: str, **more: Any) -> None:
        more["Callback"](Path(path).stat().st_size)
        self.objects[key] = more["ExtraArgs"]["Metadata"]["sha256"]
        self.sent.append(f"{bucket}/{key}")

    def start_query_execution(self, *, QueryString: str, WorkGroup: str) -> dict[str, str]:  # noqa: N803
        self.asked.append(QueryString)
        if self.answers:
            self.answer = self.answers.pop(0)
            self.types = ["varchar"] * len(self.answer[0])
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, **_: str) -> dict[str, Any]:
        statistics = {"TotalExecutionTimeInMillis": 120, "DataScannedInBytes": 1500}
        return {"QueryExecution": {"QueryExecutionId": "q", "Status": self.query_state, "StatementType": "DML", "Statistics": statistics}}

    def get_query_results(self, *, NextToken: str = "", **_: Any) -> dict[str, Any]:  # noqa: N803
        columns = [{"Name": name, "Type": kind} for name, kind in zip(self.answer[0], self.types, strict=True)]
        at = int(NextToken or 0)
        cells = [{} if cell is None else {"VarCharValue": cell} for cell in self.answer[at]]
        more = {"NextToken": str(at + 1)} if at + 1 < len(self.answer) else {}
        return {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": columns}, "Rows": [{"Data": cells}]}, **more}

    def list_named_queries(self, **_: str) -> dict[str, Any]:
        return {"NamedQueryIds": [each["NamedQueryId"] for each in self.named]}

    def batch_get_named_query(self, *, NamedQueryIds: list[str]) -> dict[str, Any]:  # noqa: N803
        return {"NamedQueries": [each for each in self.named if each["NamedQueryId"] in NamedQueryIds]}

    def list_objects_v2(self, *, Bucket: str, Prefix: str = "") -> dict[str, Any]:  # noqa: N803
        sizes = dict.fromkeys(self.objects, 1500) | {key: len(body) for key, body in self.content.items()}
        held = [
            {"Key": key, "Size": size, "ETag": f'"etag of {key}"', "LastModified": self.arrived.get(key, START)}
            for key, size in sizes.items()
            if Bucket == "b-raw" and key.startswith(Prefix)
        ]
        return {"KeyCount": len(held), "Contents": held}

    def get_object(self, *, Bucket: str, Key: str, Range: str, IfMatch: str) -> dict[str, Any]:  # noqa: N803
        assert (Bucket, IfMatch) == ("b-raw", f'"etag of {Key}"')
        self.read.append((Key, Range))
        first, last = Range.removeprefix("bytes=").split("-")
        return {"Body": io.BytesIO(self.content[Key][int(first) : int(last) + 1])}

    def get_tables(self, *, DatabaseName: str) -> dict[str, Any]:  # noqa: N803
        columns = [{"Name": name} for name in self.columns]
        found = [{"Name": name, "StorageDescriptor": {"Columns": columns}} for name in self.tables.get(DatabaseName, ())]
        return {"TableList": [*found, *(self.crawled.values() if DatabaseName == "lakemill_dev_raw" else ())]}

    def get_table(self, *, DatabaseName: str, Name: str) -> dict[str, Any]:  # noqa: N803
        if Name not in self.crawled:
            raise self.exceptions.EntityNotFoundException
        return {"Table": self.crawled[Name]}

    def get_partitions(self, **_: str) -> dict[str, Any]:
        return {"Partitions": [{"Values": values} for values in self.partitions]}

    def start_crawler(self, *, Name: str) -> None:  # noqa: N803
        if self.crawler["State"] != "READY":
            self.crawler["State"] = "READY"
            raise self.exceptions.CrawlerRunningException
        self.crawls.append(Name)
        self.finds()

    def get_crawler(self, *, Name: str) -> dict[str, Any]:  # noqa: N803
        return {"Crawler": {"Name": Name, **self.crawler}}

    def get_crawler_metrics(self, *, CrawlerNameList: list[str]) -> dict[str, Any]:  # noqa: N803
        return {"CrawlerMetricsList": [{"CrawlerName": name, "LastRuntimeSeconds": 2.5} for name in CrawlerNameList]}

    def list_executions(self, *, stateMachineArn: str, maxResults: int) -> dict[str, Any]:  # noqa: N803
        return {"executions": self.executions[:maxResults]}

    def describe_alarms(self, *, AlarmNamePrefix: str, StateValue: str) -> dict[str, Any]:  # noqa: N803
        named = [each for each in self.alarms if each["AlarmName"].startswith(AlarmNamePrefix)]
        return {"MetricAlarms": [each for each in named if each["StateValue"] == StateValue]}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> dict[str, str]:  # noqa: A002, N803
        if name in self.taken:
            raise self.exceptions.ExecutionAlreadyExists
        self.started.append(name)
        self.given.append(input)
        return {"executionArn": f"{stateMachineArn}:{name}"}

    def describe_execution(self, **_: str) -> dict[str, str]:
        return self.ended

    def get_execution_history(self, **_: Any) -> dict[str, Any]:
        return {"events": self.events}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Fake:
    """The platform that commands find, whatever home they ask for."""
    fake = Fake()
    monkeypatch.setattr("cli.platform.connect", lambda at: fake)
    return fake


@pytest.fixture
def mill(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Runs a command line; there is no home in its folder."""
    monkeypatch.setenv("LAKEMILL_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LAKEMILL_TRACE", raising=False)

    def run(*arguments: str, typed: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=typed)

    return run
