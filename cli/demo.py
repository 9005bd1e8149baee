"""`mill demo`: everything, from nothing to answers."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli import home, screen
from cli.athena import Answer, ask
from cli.clients import At
from cli.formats import as_table
from cli.load import load_into
from cli.load_wide import load_wide
from cli.options import Environment
from cli.platform import Platform, open_platform
from cli.problem import Problem
from cli.quarantine import by_reason, refused, show_reasons, show_refused
from cli.queries import named_queries
from cli.report.command import saved, usual_place
from cli.run import counts, grouped, run_flow, show_counts
from cli.sample import FILES, ROWS, Files, Rows, written
from cli.show import show_model
from cli.up import bring_up
from cli.uploads import planned
from lakemill import datasets, models

_DATASET, _REFERENCE, _FLOW = "calls", "carriers", "calls"
_LINES, _INVOICE_FILES = 100_000, 1
_QUESTIONS = ("busiest_hours", "carrier_errors", "files_in_and_out")
_TOP = 8
_REFUSED, _RAW = 5, 1000
_NEXT = (
    ("mill quarantine show calls", "what was refused and why; it holds personal data"),
    ("mill queries", "more questions that come with the platform"),
    ('mill query "select * from cleaned.calls limit 5"', "your own question"),
    ("mill show segments --rows 20", "which customer is in which segment"),
    ("mill models", "versions of the model, what was measured of them, and which one is live"),
    ("mill status", "what there is now"),
    ("mill report --open", "the same as pictures, on one page"),
    ("mill run calls", "a second run finds nothing new and changes nothing"),
    ("mill cdk diff", "the CDK's own view of what is deployed"),
    ("mill down", "end the home; everything is kept for the next mill up"),
)


def demo(
    data: Annotated[
        Path | None, typer.Option(help="A folder of call detail records to use instead of generated ones.", exists=True, file_okay=False)
    ] = None,
    rows: Rows = ROWS,
    files: Files = FILES,
) -> None:
    """From nothing to answers: all of it at work.

    Starts the home, deploys the platform, loads call detail records, runs the flow, asks; then loads invoice lines and finds segments
    of customers (not where you give data of your own, which is about calls).

    Example: [bold]mill demo[/]   [bold]mill demo --data ./calls/[/]
    """
    whole = screen.Step("demo")
    own = home.move(_place(data)) if data else None
    calls, carriers = _inputs(data, rows=rows, files=files)
    bring_up(env=Environment.DEV, deploy=None)
    platform = open_platform(env=Environment.DEV, at=At.LOCAL)
    _load(platform, _DATASET, calls)
    _load(platform, _REFERENCE, carriers)
    show_counts(counts(platform, run_flow(platform, _FLOW, given={})))
    _answers(platform)
    _refusals(platform, generated=data is None)
    if data is None:
        for name in sorted(models.declared().keys() & platform.flows().keys()):
            _learn(platform, name)
    with screen.spinning(" report"):
        page = saved(platform, usual_place(platform))
    screen.finished("demo", "from files to answers", seconds=whole.seconds)
    _what_next(own, page=page)


def _place(data: Path) -> str:
    """The name of the home that shows this data alone, so that its answers are about nothing else."""
    return f"home-{re.sub(r'[^A-Za-z0-9]+', '-', data.resolve().name).strip('-').lower() or 'data'}"


def _inputs(data: Path | None, *, rows: int, files: int) -> tuple[Sequence[Path], Sequence[Path]]:
    """The files of calls and of carriers: given ones where there are any, else generated below the home."""
    samples = home.folder().parent / "samples"
    if data is None:
        calls = written(_DATASET, samples / f"{_DATASET}-{rows}-{files}", rows=rows, files=files).files
    else:
        calls = tuple(path for path in sorted(data.glob("*.csv*")) if not path.name.startswith(_REFERENCE))
    own = tuple(sorted(data.glob(f"{_REFERENCE}*.csv*"))) if data else ()
    if data and not calls:
        raise Problem(f"{data} holds no .csv or .csv.gz files", "Give a folder of call detail records, or leave out --data")
    return calls, own or written(_REFERENCE, samples / _REFERENCE, rows=rows, files=1).files


def _load(platform: Platform, dataset: str, paths: Sequence[Path]) -> None:
    try:
        load_into(platform, planned(dataset, paths))
    except Problem as problem:
        advice = f"To see the demo with this data alone, begin anew: LAKEMILL_HOME={home.folder()} mill down --erase --yes, then mill demo"
        raise Problem(problem.what, advice) from None


def _learn(platform: Platform, model: str) -> None:
    """Loads generated rows of the model's dataset, has it learn from them, and shows what it found."""
    declared = models.model(model)
    dataset = datasets.wide()[declared.dataset]
    folder = home.folder().parent / "samples" / f"{dataset.name}-{_LINES}-{_INVOICE_FILES}"
    files = written(dataset.name, folder, rows=_LINES, files=_INVOICE_FILES).files
    load_wide(platform, planned(dataset.name, files), dataset=dataset)
    run_flow(platform, model, given={})
    screen.out.print(f"\n{declared.description}  (mill show {model})", style="bold", soft_wrap=True)
    show_model(platform, declared, rows=0)
    screen.out.print()


def _answers(platform: Platform) -> None:
    questions = named_queries(platform)
    for name in _QUESTIONS:
        if name in questions:
            with screen.spinning(f" {name}"):
                answer = ask(platform, questions[name]["QueryString"], max_rows=_TOP)
            screen.out.print(f"\n{questions[name].get('Description', name)}  (mill query @{name})", style="bold", soft_wrap=True)
            screen.out.print(_table(answer))


def _refusals(platform: Platform, *, generated: bool) -> None:
    """What was refused and why; the rows themselves only where they were made up, for real ones hold personal data."""
    with screen.spinning(" refused rows"):
        answer = refused(platform, _DATASET, limit=_REFUSED, longest=_RAW) if generated else by_reason(platform, _DATASET)
    if answer.rows:
        what = "The last rows that were refused" if generated else "What was refused"
        screen.out.print(f"\n{what}, and why  (mill quarantine show {_DATASET})", style="bold", soft_wrap=True)
        (show_refused if generated else show_reasons)(answer)
    screen.out.print()


def _table(answer: Answer) -> object:
    numbers = [column.is_number for column in answer.columns]
    rows = [[grouped(cell) if cell is not None else None for cell in row] for row in answer.rows]
    return as_table([column.name.replace("_", " ") for column in answer.columns], rows, right=numbers)


def _what_next(own: Path | None, *, page: Path) -> None:
    if own:
        screen.out.print(f"This data has a home of its own. To work there: export LAKEMILL_HOME={own}", soft_wrap=True)
    width = max(len(command) for command, _ in _NEXT)
    screen.out.print("Try next:")
    for command, what in _NEXT:
        screen.out.print(f"  {command:<{width}}  {what}", soft_wrap=True)
    screen.out.print(f"\nAll of it on one page: {page}", soft_wrap=True)
