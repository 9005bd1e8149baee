"""A platform whose every word is hostile, for tests of the report: as little of it may reach the page as markup as of anybody's."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from cli.clients import At, Clients
from cli.cost.idle import Idle, Part, StageCost
from cli.cost.prices import prices
from cli.cost.usage import JobUse, Use
from cli.history import Step
from cli.platform import Platform
from cli.report.facts.costs import Costs, costs
from cli.report.facts.flows import Flow, Run, flows
from cli.report.facts.lake import Table, tables
from cli.report.facts.ledger import Counts, Ledger, ledger
from cli.report.facts.machine import paths
from cli.report.facts.pictures import Album, Picture, Point, albums
from cli.report.facts.refusals import Refusal, refusals
from cli.report.known import Known
from lakemill import curated
from lakemill.charts import Chart, Kind
from tests.cli.conftest import Fake

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOSTILE = "</table><script>alert(1)</script><img src=//x.example/p.png onerror=alert(2)>\"'&\u202e\x1b[2J"
PHONE = "0612345678901"
JOB = "lakemill-dev-process-CleanJobC659AE59-4C8615681B666"
MACHINE = {
    "StartAt": "Clean",
    "States": {
        "Clean": {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Next": "Check", "Catch": [{"Next": "Tell"}]},
        "Check": {"Type": "Task", "Resource": "arn:aws:states:::athena:startQueryExecution.sync", "Next": "Good?"},
        "Good?": {"Type": "Choice", "Choices": [{"Next": "Notify"}], "Default": "Tell"},
        "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Next": "Failed"},
        "Failed": {"Type": "Fail"},
        "Notify": {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sns:publish", "Next": "Done"},
        "Done": {"Type": "Succeed"},
    },
}


def platform(aws: Fake | None = None) -> Platform:
    """A deployed platform."""
    return Platform(cast(Clients, aws or Fake()), env="dev", at=At.LOCAL)


def flow(*, status: str = "SUCCEEDED", reason: str = "") -> Flow:
    """A flow after a run in which every state of the usual way was entered; one that failed did so in Check."""
    start = NOW - timedelta(minutes=5)
    times = [("Clean", 0, 40), ("Check", 40, 45), *([("Notify", 45, 46)] if status == "SUCCEEDED" else [("Tell", 45, 46)])]
    steps = [
        Step(
            name=name,
            entered=start + timedelta(seconds=a),
            left=start + timedelta(seconds=b),
            failed=status == "FAILED" and name == "Check",
        )
        for name, a, b in times
    ]
    runs = [Run(name=f"calls-{n}", status=status, started=start - timedelta(hours=n), ended=NOW - timedelta(hours=n)) for n in range(3)]
    entered = frozenset(["Good?", *(step.name for step in steps)])
    return Flow(name="calls", paths=paths(MACHINE), runs=tuple(runs), steps=tuple(steps), entered=entered, reason=reason)


def pictures() -> tuple[Picture, ...]:
    """One of each kind, over names that nobody should have."""
    names = [HOSTILE, "Fjordlink", None, *(f"Carrier {n}" for n in range(12))]
    hours = [Point(x=float(hour), value=100.0 + 90 * (hour == 18)) for hour in range(24)]
    months = [Point(x=datetime(2022 + n // 12, n % 12 + 1, 1), value=8000.0 + 37 * n % 100) for n in range(36)]
    cells = [Point(x=float(hour), y=name, value=float(30 + (hour * len(str(name))) % 11)) for hour in range(24) for name in names]
    return (
        Picture(chart=Chart(kind=Kind.BARS, title="Calls by hour", x="x", value="v", unit="calls"), points=tuple(hours)),
        Picture(chart=Chart(kind=Kind.LINE, title="Calls by month", x="x", value="v", unit="calls"), points=tuple(months)),
        Picture(chart=Chart(kind=Kind.HEATMAP, title=f"Errors {HOSTILE}", x="x", y="y", value="v", unit="%"), points=tuple(cells)),
        Picture(chart=Chart(kind=Kind.BARS, title="By name", x="x", value="v"), points=tuple(Point(x=n, value=3.5) for n in names)),
        Picture(
            chart=Chart(kind=Kind.BARS, title="Ups and downs", x="x", value="v"),
            points=tuple(Point(x=datetime(2026, 11, 20, n), value=float(n - 3)) for n in range(7)),
        ),
        Picture(chart=Chart(kind=Kind.LINE, title="Nothing", x="x", value="v"), points=()),
    )


def answers() -> Mapping[Callable[..., Any], Any]:
    """Everything that the sections ask."""
    counts = Counts(dataset="calls", files=24, rows_in=200_000, cleaned=199_832, refused=96, duplicate=72)
    small = Counts(dataset=HOSTILE, files=1, rows_in=10, cleaned=10, refused=0, duplicate=0)
    size = {"rows": 199_832, "files": 24, "bytes": 13_500_000, "snapshots": 2, "changed": NOW - timedelta(hours=30)}
    lake = (
        Table(zone="cleaned", name="calls", columns=("a",), **size),
        Table(zone="curated", name="hourly_traffic", columns=("a",), **size),
        Table(zone="curated", name="processed", columns=("a",), files=6, bytes=100),
        Table(zone="quarantine", name=HOSTILE, columns=("reason",), **size),
    )
    reasons = [HOSTILE, f"unknown_column:{PHONE}", "rule:disconnects_after_connect", "missing:start_datetime", ""]
    return {
        flows: (flow(), flow(status="FAILED", reason=f"Check failed: {HOSTILE} in file {PHONE}.csv")),
        ledger: Ledger(total=(counts, small), last=(("calls-0", counts), (HOSTILE, small))),
        tables: lake,
        costs: Costs(
            month=_month(), runs=(("calls", Use(jobs=[JobUse(name=JOB, dpus=2, seconds=90)], transitions=7, scanned=[9], notices=1)),)
        ),
        refusals: tuple(Refusal(dataset="calls", reason=reason, rows=9 - n, files=1) for n, reason in enumerate(reasons)),
        albums: (
            Album(table=curated.tables()["hourly_traffic"], pictures=pictures()),
            Album(table=curated.tables()["call_outcomes"], problem=f"the query failed: {HOSTILE} {PHONE}"),
        ),
    }


def _month() -> Idle:
    """A month in which one stage costs something, one nothing, and something has no price."""
    key = Part(price=prices()["kms_key"], units=1, usd=1.0)
    stages = (StageCost(stage="storage", usd=1.0, parts=(key,)), StageCost(stage="query", usd=0.0, parts=()))
    return Idle(stages=stages, unpriced={HOSTILE: 1})


def known(**changed: Any) -> Known:
    """All of it known; `changed` are other answers, by the names of the questions."""
    given = dict(answers())
    by_name = {ask.__name__: ask for ask in given}
    return Known(platform(), now=NOW, given=given | {by_name[name]: answer for name, answer in changed.items()})
