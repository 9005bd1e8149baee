"""`mill quarantine`: which rows were refused and why, and judging them again after a fix."""

import sys
from collections.abc import Collection, Sequence
from typing import Annotated

import typer

from cli import screen, words
from cli.athena import Answer, ask
from cli.formats import Format, as_csv, as_json, as_table
from cli.load import known
from cli.options import on_a_platform
from cli.platform import Platform, options
from cli.run import grouped, run_flow
from lakemill.datasets import declared

_LONGEST = 1000  # characters of a row that a screen could show
_NARROWEST = 40  # columns of a row's text, below which it gets a line of its own
_GAP = 3  # columns between two cells
DatasetName = Annotated[str, typer.Argument(metavar="DATASET", help="The dataset whose refused rows are meant.")]

quarantine = typer.Typer(
    help="See which rows were refused and why; judge them again after a fix.\n\nExample: [bold]mill quarantine show calls[/]",
    no_args_is_help=True,
)


@quarantine.command()
@on_a_platform
def show(
    dataset: DatasetName,
    *,
    reason: Annotated[str, typer.Option(metavar="REASON", help="Only this reason, in full or up to its colon.")] = "",
    limit: Annotated[int, typer.Option(min=0, help="Rows to print; 0: all.")] = 20,
    form: Annotated[
        Format, typer.Option("--format", help="Tables are for reading, csv and json (rows in full) for programs.")
    ] = Format.TABLE,
    platform: Platform,
) -> None:
    """Show refused rows: counts by reason, then the rows.

    The text of a refused row is personal data in the clear. It is shown here, to whoever asks and may read the zone
    quarantine, and nowhere else: no log has it. Do not paste it into tickets.

    Example: [bold]mill quarantine show calls[/]   [bold]mill quarantine show calls --reason missing --limit 5[/]
    """
    known(dataset)
    if form is not Format.TABLE:
        answer = refused(platform, dataset, reason=reason, limit=limit)
        sys.stdout.write(as_csv(answer) if form is Format.CSV else as_json(answer))
        return
    with screen.spinning(" asking"):
        counts = by_reason(platform, dataset, reason=reason)
    if not counts.rows:
        which = f" for the reason {reason}" if reason else ""
        screen.out.print(f"No row of {dataset} is in quarantine{which}.")
        return
    show_reasons(counts)
    with screen.spinning(" asking"):
        answer = refused(platform, dataset, reason=reason, limit=limit, longest=_LONGEST)
    screen.out.print()
    show_refused(answer)
    if answer.more:
        screen.out.print("There are more: --limit 0 prints all", style="dim")
    screen.out.print(f"After a fix of the declaration: mill quarantine retry {dataset}{options(platform)}", style="dim", soft_wrap=True)


@quarantine.command()
@on_a_platform
def retry(dataset: DatasetName, *, platform: Platform) -> None:
    """Judge refused rows again by the deployed declaration.

    Rows that pass now move to the cleaned table, each once; the others stay, with their present reason. All datasets of the flow
    are judged again. Deploy the fix first.

    Example: [bold]mill quarantine retry calls[/]
    """
    known(dataset)
    run_name = run_flow(platform, declared()[dataset].flow_name, given={"retry": True})
    with screen.spinning(" asking"):
        moves, remaining = moved(platform, run_name), by_reason(platform, dataset)
    told = [_sentence(*row) for row in moves.rows]
    screen.out.print("\n".join(told) or f"No row of {dataset} moved.", soft_wrap=True)
    if not remaining.rows:
        screen.out.print(f"No row of {dataset} is in quarantine any more.")
        return
    screen.out.print(f"Still in quarantine: {words.count(sum(int(row[1] or 0) for row in remaining.rows), 'row')} of {dataset}.")
    show_reasons(remaining)


def by_reason(platform: Platform, dataset: str, *, reason: str = "") -> Answer:
    """Reasons, and how many rows of how many files each refused; no rows where no table is."""
    columns = _columns(platform, dataset)
    if not columns:
        return Answer(columns=(), rows=(), seconds=0, bytes_scanned=0)
    return ask(
        platform,
        f"select reason, {refused_rows(columns)} as refused, count(distinct source_file) as files "
        f"from quarantine.{dataset}{_where(reason)} group by reason order by refused desc, reason",
    )


def refused_rows(columns: Collection[str]) -> str:
    """SQL for the rows that entries of a quarantine table with these columns stand for: a file refused as a whole is one entry of many."""
    return "sum(coalesce(rows, 1))" if "rows" in columns else "count(*)"  # tables of older versions lack the column


def refused(platform: Platform, dataset: str, *, reason: str = "", limit: int = 0, longest: int = 0) -> Answer:
    """Refused rows, newest first: file, line, reason, when, and the row as received (its first `longest` characters; 0: all)."""
    columns = _columns(platform, dataset)
    line = "line" if "line" in columns else "cast(null as integer)"  # a table of an older version gets the column in its next run
    raw = f"substr(raw, 1, {longest})" if longest else "raw"
    if not columns:
        return Answer(columns=(), rows=(), seconds=0, bytes_scanned=0)
    return ask(
        platform,
        f"select source_file as file, {line} as line, reason, refused_at, {raw} as raw from quarantine.{dataset}{_where(reason)} "
        "order by refused_at desc, file, line, raw" + (f" limit {limit + 1}" if limit else ""),
        max_rows=limit,
    )


def moved(platform: Platform, run_name: str) -> Answer:
    """By dataset, how many rows a run took out of quarantine, and what became of them. Corrections are ledger lines of no bytes."""
    return ask(
        platform,
        "select dataset, sum(rows_cleaned + rows_duplicate), sum(rows_cleaned), sum(rows_duplicate) from cleaned.ledger "
        f"where run_id = '{run_name}' and bytes = 0 and rows_cleaned + rows_duplicate > 0 group by dataset order by dataset",
    )


def show_reasons(counts: Answer) -> None:
    """Reasons as a table."""
    rows = [(row[0], grouped(row[1]), grouped(row[2])) for row in counts.rows]
    screen.out.print(as_table(["reason", "rows", "files"], rows, right=[False, True, True]))


def show_refused(answer: Answer) -> None:
    """Refused rows as a table, their text cut to the width that is left; where that is too little, two lines for each."""
    names = ["file", "line", "reason", "refused at (UTC)", "row as received"]
    rows = [[words.plain(cell or "") for cell in row] for row in answer.rows]
    for row in rows:
        row[3] = row[3][:16]
    width = screen.width()
    left = width - sum(max(map(len, column)) + _GAP for column in list(zip(names, *rows, strict=True))[:-1])
    if left < _NARROWEST:
        for file, line, reason, moment, raw in rows:
            screen.out.print(f"{file}:{line}  {reason}  {moment}", soft_wrap=True)
            screen.out.print(f"  {words.shortened(raw, width=width - 2)}", style="dim", soft_wrap=True)
        return
    cut = [[*row[:-1], words.shortened(row[-1], width=left)] for row in rows]
    screen.out.print(as_table(names, cut, right=[False, True, False, False, False]))


def _sentence(dataset: str | None, rows: str | None, cleaned: str | None, duplicate: str | None) -> str:
    counts = f"{grouped(cleaned)} cleaned, {grouped(duplicate)} duplicate"
    return f"{dataset}: {words.count(int(rows or 0), 'row')} left quarantine: {counts}."


def _columns(platform: Platform, dataset: str) -> Sequence[str]:
    """The columns of the dataset's quarantine table; none if no run has made it yet."""
    tables = platform.client("glue").get_tables(DatabaseName=platform.databases()["quarantine"])["TableList"]
    return next(([c["Name"] for c in each["StorageDescriptor"]["Columns"]] for each in tables if each["Name"] == dataset), [])


def _where(reason: str) -> str:
    text = reason.replace("'", "''")
    return f" where (reason = '{text}' or split_part(reason, ':', 1) = '{text}')" if reason else ""
