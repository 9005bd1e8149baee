"""`mill query`: answers to SQL."""

import sys
from typing import Annotated

import typer

from cli import screen, words
from cli.athena import Answer, ask
from cli.clients import At
from cli.formats import Format, as_csv, as_json, show_table
from cli.options import Env, Environment, HomeAt
from cli.platform import Platform, open_platform
from cli.problem import Problem
from cli.queries import found, named_queries

_ROWS_FOR_PEOPLE = 100


def query(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="SQL in Trino's dialect; @NAME runs a named query; - reads standard input.")],
    form: Annotated[Format, typer.Option("--format", help="Tables are for reading, csv and json for programs.")] = Format.TABLE,
    max_rows: Annotated[int | None, typer.Option(min=0, help="Rows to print; 0: all.", show_default="100 in a table, else all")] = None,
    env: Env = Environment.DEV,
    home: HomeAt = At.LOCAL,
) -> None:
    """Ask Athena in SQL.

    Databases are named after the zones: raw, cleaned, curated, quarantine.

    Example: [bold]mill query "select count(*) from cleaned.calls"[/]   [bold]mill query @busiest_hours --format csv[/]
    """
    platform = open_platform(env=env, at=home)
    most = max_rows if max_rows is not None else _ROWS_FOR_PEOPLE if form is Format.TABLE else 0
    with screen.spinning(" asking", console=screen.err):
        answer = ask(platform, text_of(platform, sql), max_rows=most)
    _show(answer, form)
    screen.err.print(footer(answer), style="dim")


def text_of(platform: Platform, sql: str) -> str:
    """The SQL that an argument means: itself, standard input, or a named query."""
    if sql == "-":
        sql = sys.stdin.read()
    elif sql.startswith("@"):
        sql = found(named_queries(platform), sql[1:])["QueryString"]
    if not sql.strip():
        raise Problem("there is no SQL to run", 'Try: mill query "show tables in cleaned"')
    return sql.strip().removesuffix(";")


def footer(answer: Answer) -> str:
    """How many rows, how long it took and how much was read."""
    parts = [words.count(len(answer.rows), "row"), words.duration(answer.seconds), f"{words.size(answer.bytes_scanned)} scanned"]
    if answer.more:
        parts.append("there are more: --max-rows 0 prints all")
    return " · ".join(parts)


def _show(answer: Answer, form: Format) -> None:
    if form is Format.TABLE:
        show_table(answer, screen.out)
    else:
        sys.stdout.write(as_csv(answer) if form is Format.CSV else as_json(answer))
