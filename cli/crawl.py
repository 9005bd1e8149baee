"""`mill crawl`: starts a dataset's crawler, follows it, and says what it has found."""

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli import discovered, screen, words
from cli.clients import At
from cli.discovered import Discovered
from cli.formats import as_table
from cli.load import known
from cli.options import on_a_platform
from cli.platform import Platform
from cli.problem import Problem
from lakemill.datasets import dataset as declared_dataset
from lakemill.drift import drift

_LOOK = {At.LOCAL: 0.1, At.AWS: 5.0}  # seconds between two looks
_NAMED = 5


@on_a_platform
def crawl(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="The dataset whose files are looked at.")] = "",
    *,
    every: Annotated[bool, typer.Option("--all", help="Look at the files of every dataset.")] = False,
    platform: Platform,
) -> None:
    """Find out what a dataset's files hold, whatever was declared: tables in raw.

    No flow waits for it. What it finds in the files is compared with the declaration.

    Example: [bold]mill crawl calls[/]   [bold]mill crawl --all[/]
    """
    if every == bool(dataset):
        raise Problem("name one dataset, or ask for --all", "For example: mill crawl calls")
    if dataset:
        known(dataset)
    crawlers = discovered.crawlers(platform)
    for name in [dataset] if dataset else crawlers:
        if name not in crawlers:
            raise Problem(f"{name} has no crawler", f"It is not deployed yet. {platform.how_to_deploy}")
        _crawl(platform, name, crawler=crawlers[name])


def _crawl(platform: Platform, dataset: str, *, crawler: str) -> None:
    before = discovered.tables(platform, crawler)
    with screen.step(dataset) as work:
        _follow(platform, crawler, work=work)
        after = discovered.tables(platform, crawler)
        work.note = _summary(before, after)
    for table in after.values():
        _show(table, dataset=dataset, new=table.partitions - _partitions(before, table.name))
    if not after:
        screen.out.print(f"  No table: there are no files below raw/{dataset}/, or none that a crawler can read.")
    elif len(after) > 1:
        screen.out.print(
            f"  {len(after)} tables for one dataset: files of another format, compression or depth of folders lie among its files.",
            style="yellow",
            soft_wrap=True,
        )


def _follow(platform: Platform, crawler: str, *, work: screen.Step) -> None:
    """Start the crawler, or join a crawl that goes on, and wait for its end; a Problem with the reason if it fails."""
    glue = platform.client("glue")
    try:
        glue.start_crawler(Name=crawler)
    except glue.exceptions.CrawlerRunningException:
        work.doing("joining the crawl that goes on")
    while (found := glue.get_crawler(Name=crawler)["Crawler"])["State"] != "READY":
        work.doing(f"{found['State'].lower()}  {words.duration(work.seconds)}")
        time.sleep(_LOOK[platform.at])
    last = found["LastCrawl"]
    if last["Status"] != "SUCCEEDED":
        why = last.get("ErrorMessage", "somebody stopped it").rstrip(".")
        raise Problem(f"the crawl {last['Status'].lower()}: {why}", f"Its log: {last['LogGroup']}, stream {last['LogStream']}")


def _summary(before: Mapping[str, Discovered], after: Mapping[str, Discovered]) -> str:
    new = [name for name in after if name not in before]
    changed = [name for name in after if name in before and after[name].columns != before[name].columns]
    partitions = sum(len(table.partitions - _partitions(before, name)) for name, table in after.items())
    said = [
        words.count(len(found), noun) + " " + state
        for found, noun, state in ((new, "table", "new"), (changed, "table", "changed"), (range(partitions), "partition", "new"))
        if found
    ]
    return ", ".join(said) or "nothing new"


def _partitions(tables: Mapping[str, Discovered], name: str) -> frozenset[tuple[str, ...]]:
    return tables[name].partitions if name in tables else frozenset()


def _show(table: Discovered, *, dataset: str, new: frozenset[tuple[str, ...]]) -> None:
    about = f"{table.kind}, {words.count(table.files, 'file')}, about {words.count(table.rows, 'row')}"
    screen.out.print(f"\nraw.{table.name}  {about}", soft_wrap=True)
    if new:
        listed = ["/".join(f"{key}={value}" for key, value in zip(table.keys, each, strict=True)) for each in sorted(new)]
        rest = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
        screen.out.print(f"new partitions: {', '.join(listed[:_NAMED])}{rest}", soft_wrap=True)
    own = declared_dataset(dataset)
    said = {column.header.lower(): str(column.type) for column in own.columns} | {name.lower(): "dropped" for name in own.dropped}
    rows = [(name, kind, said.get(name, "")) for name, kind in table.columns.items()]
    screen.out.print(as_table(["column", "found", "declared"], rows, right=[False] * 3))
    if table.name == dataset:
        show_drift(dataset, drift(own, table.columns))


def show_drift(dataset: str, found: tuple[str, ...]) -> None:
    """The sentences, or that there is nothing to say."""
    if not found:
        screen.out.print(f"  {dataset}: as declared")
    for each in found:
        screen.out.print(f"  drift: {each}", style="yellow", soft_wrap=True)


def crawl_of(found: Mapping[str, Any]) -> str:
    """A crawler's state in a word: that of a crawl under way, or of the last."""
    if found["State"] != "READY":
        return str(found["State"]).lower()
    return str(found.get("LastCrawl", {}).get("Status", "never ran")).lower()
