"""`mill run`: starts a flow, follows its state machine, and says what came of it."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from cli import history, maintenance, screen, words
from cli.athena import Answer, ask
from cli.clients import At
from cli.discovered import drifts
from cli.formats import as_table
from cli.models import approved
from cli.options import on_a_platform
from cli.plan import Range, day, new_files, show_plan
from cli.platform import Platform, options
from cli.problem import Problem
from cli.show import show_model
from lakemill import models
from lakemill.datasets import by_flow

_LOOK = {At.LOCAL: 0.3, At.AWS: 2.0}  # seconds between two looks
_ONLY = "Take only files that arrived on this day (UTC)"
_COUNTS = ("dataset", "files", "rows in", "cleaned", "quarantined", "duplicate")


@on_a_platform
def run(
    flow: Annotated[str, typer.Argument(metavar="FLOW", help="The flow to run.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the files it would take, and start nothing.")] = False,
    since: Annotated[date | None, typer.Option(parser=day("--since"), metavar="DATE", help=f"{_ONLY} or later.")] = None,
    until: Annotated[date | None, typer.Option(parser=day("--until"), metavar="DATE", help=f"{_ONLY} or earlier.")] = None,
    platform: Platform,
) -> None:
    """Run a flow and follow it to its end.

    It takes in whatever files are new; a run without new files changes nothing.

    Example: [bold]mill run calls[/]   [bold]mill run calls --dry-run --since 2026-11-01[/]
    """
    arrived = Range(since=since, until=until)
    if flow in models.declared():
        _learn(platform, flow, plain=not (dry_run or since or until))
        return
    if flow == maintenance.FLOW:
        _maintain(platform, plain=not (dry_run or since or until))
        return
    if dry_run:
        machine(platform, flow)
        with screen.spinning(" looking at the raw zone"):
            files = new_files(platform, flow, arrived=arrived)
        show_plan(files, next_command=f"mill run {flow}{arrived.options}{options(platform)}")
        return
    show_counts(counts(platform, run_flow(platform, flow, given=arrived.given)))
    tell_drift(platform, flow)


def run_flow(platform: Platform, flow: str, *, given: Mapping[str, object]) -> str:
    """Start a flow with an input and print its steps as they end; a Problem with the reason if it fails. Returns the run's name."""
    states = platform.client("stepfunctions")
    arn = start(states, machine(platform, flow), flow, given=given)
    name = arn.rpartition(":")[2]
    screen.out.print(f"  {name}", style="dim")
    try:
        ended = _follow(platform, arn)
    except KeyboardInterrupt:
        screen.err.print(f"mill: no longer following; {name} goes on. Look at it: mill status{options(platform)}", soft_wrap=True)
        raise typer.Exit(130) from None
    if ended["status"] != "SUCCEEDED":
        why = history.reason(ended.get("error", ""), ended.get("cause", "")).rstrip(".")
        logs = platform.output("process", "JobLogGroup")
        what = f"{name} {ended['status'].lower().replace('_', ' ')}: {why}"
        raise Problem(what, f"Mend that and run again: what it did not finish is taken then. The jobs' logs: log groups below {logs}")
    return name


def _maintain(platform: Platform, *, plain: bool) -> None:
    if not plain:
        raise Problem("maintenance takes no files", f"Run it without options: mill run {maintenance.FLOW}{options(platform)}")
    maintenance.show(maintenance.done(platform, run_flow(platform, maintenance.FLOW, given={})), platform=platform)


def _learn(platform: Platform, flow: str, *, plain: bool) -> None:
    if not plain:
        raise Problem(f"{flow} takes rows of Keyspaces, and no files", f"Run it without these options: mill run {flow}{options(platform)}")
    run_flow(platform, flow, given={})
    if not approved(platform, models.model(flow)):
        screen.out.print(f"Nothing was mapped: no version of {flow} is approved yet. Next: mill models{options(platform)}", soft_wrap=True)
        return
    show_model(platform, models.model(flow), rows=0)


def tell_drift(platform: Platform, flow: str) -> None:
    """What the last crawls of the flow's datasets found other than declared; nothing where there was no crawl."""
    for dataset, found in drifts(platform, [each.name for each in by_flow()[flow]]).items():
        for each in found:
            screen.out.print(f"  drift of {dataset}, by its last crawl: {each}", style="yellow", soft_wrap=True)


def machine(platform: Platform, flow: str) -> str:
    """The state machine of a flow; a Problem that names the flows there are."""
    flows = platform.flows()
    if flow not in flows:
        raise Problem(f"no flow {flow!r} is deployed", f"There are: {', '.join(flows) or 'none'}")
    return flows[flow]


def start(states: Any, arn: str, flow: str, *, given: Mapping[str, object]) -> str:
    """Start an execution with an input, named after the flow and the time; its ARN."""
    now = datetime.now(UTC)
    for attempt in range(1, 10):
        try:
            name = history.execution_name(flow, now=now, attempt=attempt)
            return str(states.start_execution(stateMachineArn=arn, name=name, input=json.dumps(given))["executionArn"])
        except states.exceptions.ExecutionAlreadyExists:
            continue
    raise Problem(f"nine runs of {flow} started within a second", "Wait for one of them: mill status")


def counts(platform: Platform, run_name: str) -> Answer:
    """What the ledger says that a run took in, by dataset."""
    return ask(
        platform,
        "select dataset, count(*), sum(rows_in), sum(rows_cleaned), sum(rows_quarantined), sum(rows_duplicate) "
        f"from cleaned.ledger where run_id = '{run_name}' group by dataset order by dataset",
    )


def show_counts(answer: Answer) -> None:
    """The counts as a table, or that there was nothing to take in."""
    if not answer.rows:
        screen.out.print("  No new files: nothing to take in, nothing changed.")
        return
    rows = [(str(row[0]), *(grouped(cell) for cell in row[1:])) for row in answer.rows]
    screen.out.print(as_table(_COUNTS, rows, right=[False, *[True] * (len(_COUNTS) - 1)]))


def grouped(cell: str | None) -> str:
    """A whole number with separators; anything else as it is."""
    return f"{int(cell):,}" if cell and cell.lstrip("-").isdigit() else cell or "0"


def _follow(platform: Platform, arn: str) -> Mapping[str, Any]:
    states = platform.client("stepfunctions")
    shown = 0
    with screen.spinning(" starting"):
        while True:
            execution: Mapping[str, Any] = states.describe_execution(executionArn=arn)
            steps = history.steps(history.events(states, arn))
            shown = _show(steps, shown)
            if execution["status"] not in history.RUNNING:
                return execution
            time.sleep(_LOOK[platform.at])


def _show(steps: Sequence[history.Step], shown: int) -> int:
    """Print the steps that have ended since; the spinner shows the one under way. Returns how many are printed."""
    for each in steps[shown:]:
        if each.left is None:
            screen.spin(f"{each.name}  {words.duration(each.seconds)}")
            break
        screen.finished(each.name, "failed" if each.failed else "", seconds=each.seconds, good=not each.failed)
        shown += 1
    return shown
