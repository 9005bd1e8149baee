"""`mill down`: ends the local home with its state kept, or gone."""

import shutil
from typing import Annotated

import typer

from cli import home, process
from cli.problem import Problem
from cli.screen import finished, out, step


def down(
    erase: Annotated[bool, typer.Option("--erase", help="Also remove everything the home keeps: stacks, files, tables.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """End the home; its state is kept.

    Example: [bold]mill down[/], to begin anew [bold]mill down --erase[/]
    """
    folder = home.folder()
    if erase and not yes:
        typer.confirm(f"Remove everything in {folder}?", abort=True)
    _end()
    if erase:
        _erase()


def _end() -> None:
    here = home.running()
    if here is None:
        out.print("The home is not up.")
        return
    with step("down") as work:
        process.stop(here.pid)
        work.note = f"state is kept in {_shown()}"


def _erase() -> None:
    folder = home.folder()
    if not folder.exists():
        return
    if not (folder / "root.json").exists():
        raise Problem(f"{folder} does not look like a home (no root.json there), so it is left alone", "Remove it yourself if you mean it")
    shutil.rmtree(folder)
    finished("erased", _shown())


def _shown() -> str:
    folder = home.folder()
    return str(folder.relative_to(home.ROOT)) if folder.is_relative_to(home.ROOT) else str(folder)
