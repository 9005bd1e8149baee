"""Rows from files to tables: what came in, what became of it, and what is made from it."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from cli.report.draw.bars import Bar
from cli.report.draw.figure import figure, numbers
from cli.report.draw.stream import stream
from cli.report.facts.lake import table
from cli.report.facts.ledger import Counts, Ledger, ledger
from cli.report.html import h
from cli.report.known import Known
from cli.report.told import number, share, times
from lakemill import curated
from lakemill.datasets import declared

_NAMES = ("", "files", "rows in", "cleaned", "refused", "duplicate")


def body(known: Known) -> Sequence[Element]:
    """A stream for each dataset that the ledger knows."""
    sums = known.of(ledger)
    return [picture(each, last=_last(sums, each.dataset), made=made(known, dataset=each.dataset)) for each in sums.total if each.rows_in]


def made(known: Known, *, dataset: str) -> list[tuple[str, int | None]]:
    """The curated tables that depend on a dataset and are there, with their rows."""
    if dataset not in declared():
        return []
    ordered = curated.in_order(curated.tables().values(), datasets=list(declared()))
    names = [each.table for each in curated.depending_on(ordered, datasets=[dataset])]
    names += [f"curated.{each.name}" for each in declared()[dataset].published]
    there = [table(known, name) for name in names]
    return [(each.full_name, each.rows) for each in there if each is not None]


def picture(counts: Counts, *, last: Sequence[tuple[str, Counts]], made: Sequence[tuple[str, int | None]]) -> Element:
    """The dataset's stream, the tables made from it, and the numbers of it all and of the last run."""
    verdicts = (("cleaned", counts.cleaned, "good"), ("duplicate", counts.duplicate, "spare"), ("refused", counts.refused, "bad"))
    branches = [
        Bar(label=label, value=rows, shown=number(rows), kind=kind, detail=share(rows, counts.rows_in)) for label, rows, kind in verdicts
    ]
    whole = Bar(label="rows in", value=counts.rows_in, shown=number(counts.rows_in), detail=f"from {times(counts.files, 'file')}")
    name = f"Of {whole.shown} rows of {counts.dataset}, " + ", ".join(f"{bar.shown} {bar.label}" for bar in branches)
    if counts.cleaned == counts.rows_in:
        told = h("p", h("b", whole.shown), " rows in ", h("small", whole.detail), ", all of them clean", class_="source")
        return figure(counts.dataset, told, _made(made), kind="rows calm")
    rows = [_row("all runs", counts), *(_row(run, each) for run, each in last)]
    return figure(
        counts.dataset, stream(whole, branches=branches, name=name), _made(made), numbers(_NAMES, rows, caption=name), kind="rows"
    )


def _last(sums: Ledger, dataset: str) -> list[tuple[str, Counts]]:
    return [(run, each) for run, each in sums.last if each.dataset == dataset]


def _made(tables: Sequence[tuple[str, int | None]]) -> Element | None:
    if not tables:
        return None
    lines = (h("li", h("b", name), " ", h("span", "a copy" if rows is None else times(rows, "row"))) for name, rows in tables)
    return h("div", h("p", "Made from what is clean", class_="note"), h("ul", lines), class_="made")


def _row(name: str, counts: Counts) -> tuple[str, ...]:
    cells = (counts.files, counts.rows_in, counts.cleaned, counts.refused, counts.duplicate)
    return (name, *map(number, cells))
