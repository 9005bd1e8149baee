"""Tables: how large, in how many files and snapshots, and when they last changed."""

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element

from cli.platform import options
from cli.report.draw.figure import table
from cli.report.facts.lake import Table, tables
from cli.report.html import Child, h
from cli.report.known import Known
from cli.report.told import ago, moment, number
from cli.words import size

_NAMES = ("table", "rows", "files", "size", "snapshots", "last change")


def body(known: Known) -> Sequence[Element]:
    """One table of tables for each zone that has any."""
    found = known.of(tables)
    if not found:
        return [h("p", f"No tables yet: the first run makes them. Run one: mill run FLOW{options(known.platform)}", class_="note")]
    return [zone(name, held=list(held), known=known) for name, held in groupby(found, key=lambda each: each.zone)]


def zone(name: str, *, held: Sequence[Table], known: Known) -> Element:
    """The tables of a zone."""
    rows = (_row(each, known) for each in held)
    return h("article", h("h3", name), table(_NAMES, rows, caption=f"Tables of the zone {name}", kind="tables"))


def _row(each: Table, known: Known) -> Sequence[Child]:
    more = "+" if each.more else ""
    changed = (
        h("time", ago(each.changed, now=known.now), datetime=each.changed.isoformat(), title=moment(each.changed)) if each.changed else "–"
    )
    return (
        h("b", each.name),
        _number(each.rows),
        _number(each.files) + more,
        "–" if each.bytes is None else size(each.bytes) + more,
        _number(each.snapshots),
        changed,
    )


def _number(value: int | None) -> str:
    return "–" if value is None else number(value)
