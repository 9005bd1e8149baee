"""The command `mill declare`."""

from pathlib import Path
from typing import Annotated

import typer

from cli import screen, words
from cli.declare.drafting import Draft, drafted, read, text
from cli.formats import as_table
from cli.home import ROOT
from cli.problem import Problem
from lakemill.declare import NAME, RESERVED_TABLES

FOLDER = ROOT / "lakemill" / "datasets"


def declare(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The name the dataset shall have.")],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A CSV file as it will arrive, also as .csv.gz.", exists=True, dir_okay=False)
    ],
) -> None:
    """Write a first declaration of a new dataset, with columns and types guessed from a file.

    Example: [bold]mill declare coffee_orders coffee-2026-01.csv[/]
    """
    target = FOLDER / f"{dataset}.py"
    if not NAME.fullmatch(dataset) or dataset in RESERVED_TABLES:
        raise Problem(f"{dataset!r} cannot name a dataset", f"Use lower case letters, digits and _, and not {', '.join(RESERVED_TABLES)}")
    if target.exists():
        raise Problem(f"{target.relative_to(ROOT)} is there already, and was left as it is", "Choose another name, or edit the file")
    header, rows = read(file)
    drafts = drafted(header, rows)
    if not any(each.required for each in drafts):
        raise Problem(f"no column of {file} has a value in every row", "A dataset needs one: give a file with fewer gaps")
    target.write_text(text(dataset, drafts=drafts))
    _show(drafts, rows=len(rows))
    screen.out.print(f"\nWritten to {target.relative_to(ROOT)}: read every line, then mill up --deploy, mill load {dataset} {file}")


def _show(drafts: tuple[Draft, ...], *, rows: int) -> None:
    cells = [(each.header, each.name, _kind(each), _notes(each)) for each in drafts]
    screen.out.print(as_table(["in the file", "in SQL", "type", "notes"], cells, right=[False] * 4, fold="notes"))
    screen.out.print(f"Guessed from {words.count(rows, 'row')}.", style="dim")


def _kind(draft: Draft) -> str:
    return f"{draft.guess.type}" + (f"  {draft.guess.format}" if draft.guess.format else "")


def _notes(draft: Draft) -> str:
    guess = draft.guess
    said = ["required"] if draft.required else []
    said += ["personal? marked as pii"] if draft.personal else []
    said += [f"{words.count(guess.misfits, 'value')} would be refused"] if guess.misfits else []
    said += [f"or {' or '.join(guess.others)}?"] if guess.others else []
    return "; ".join(said)
