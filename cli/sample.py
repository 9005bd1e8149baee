"""`mill sample`: generated files that look like real ones."""

from pathlib import Path
from typing import Annotated

import typer

from cli import screen, words
from cli.load import known
from cli.problem import Problem
from lakemill.declare import DeclarationError
from lakemill.samples import sample as write_sample
from lakemill.samples.planted import Planted

ROWS, FILES, SEED = 200_000, 24, 1

Rows = Annotated[int, typer.Option(min=1, help="Rows in all files together.")]
Files = Annotated[int, typer.Option(min=1, help="Monthly files.")]


def sample(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The dataset to make files of.")],
    to: Annotated[Path, typer.Option(help="The folder to write to.", file_okay=False)],
    rows: Rows = ROWS,
    files: Files = FILES,
    seed: Annotated[int, typer.Option(help="Another seed gives other data; the same gives the same bytes.")] = SEED,
) -> None:
    """Write sample files, with planted effects and faults.

    Example: [bold]mill sample calls --rows 10000 --files 3 --to ./sample[/]
    """
    known(dataset)
    written(dataset, to, rows=rows, files=files, seed=seed)
    screen.out.print(f"Next: mill load {dataset} {to}")


def written(dataset: str, folder: Path, *, rows: int, files: int, seed: int = SEED) -> Planted:
    """Write sample files and say what they hold."""
    try:
        with screen.step("sample") as work:
            planted = write_sample(dataset, folder, rows=rows, files=files, seed=seed)
            work.note = f"{words.count(planted.rows, 'row')} of {dataset} in {words.count(len(planted.files), 'file')}"
    except DeclarationError as error:
        raise Problem(str(error), f"Or load files of your own: mill load {dataset} FILE…") from error
    except OSError as error:
        raise Problem(f"cannot write to {folder} ({error.strerror})", "Choose another folder: --to FOLDER") from error
    if planted.bad or planted.duplicates:
        screen.out.print(f"  planted: {planted.bad:,} broken rows, {planted.duplicates:,} duplicates", style="dim")
    for effect in planted.effects:
        screen.out.print(f"  planted: {effect}", style="dim", soft_wrap=True)
    return planted
