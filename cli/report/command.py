"""`mill report`: the platform as one page."""

import os
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from cli import home, screen
from cli.clients import At
from cli.options import on_a_platform
from cli.platform import Platform
from cli.problem import Problem
from cli.report.known import Known
from cli.report.make import made
from lakemill.declare import DeclarationError


@on_a_platform
def report(
    *,
    output: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write it.", show_default="in .local/reports")] = None,
    show: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    platform: Platform,
) -> None:
    """Write one page that shows the platform: runs, rows, charts, refused rows, tables.

    It is a file of its own, without scripts and without anything to fetch: to look at, to print, to pass on. No row of any
    table is in it, and no personal data.

    Example: [bold]mill report --open[/]   [bold]mill report --home aws --output report.html[/]
    """
    with screen.spinning(" asking"):
        path = saved(platform, output or usual_place(platform))
    screen.out.print(f"Report: {path}", soft_wrap=True)
    if show and not webbrowser.open(path.as_uri()):
        screen.err.print(f"mill: no browser was found. Open it yourself: {path.as_uri()}", soft_wrap=True)


def saved(platform: Platform, path: Path) -> Path:
    """Write the report and return its full path. A reader sees the old page or the new one."""
    try:
        page = made(Known(platform))
    except DeclarationError as error:
        raise Problem(str(error), "Mend it, then: mill report") from None
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(page, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}", "Name another file: mill report --output FILE") from None
    return path.resolve()


def usual_place(platform: Platform) -> Path:
    """A file for each home and environment, beside the home's folder."""
    folder = home.folder()
    name = folder.name if platform.at is At.LOCAL else f"{platform.at}-{platform.client.region}"
    return folder.parent / "reports" / f"{name}-{platform.env}.html"
