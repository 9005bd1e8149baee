"""What all pictures have in common: a caption, a sentence for those who do not see it, and its numbers as a table."""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from cli.report.html import Child, h

_FEW = 3  # columns that stand beside each other on a phone


def figure(title: str, *body: Child, note: str = "", kind: str = "") -> Element:
    """A picture under its title; `note` says in a few words what there is to see."""
    caption = h("figcaption", h("h3", title), h("p", note, class_="note") if note else None)
    return h("figure", caption, *body, class_=kind or None)


def numbers(names: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str, title: str = "Numbers") -> Element:
    """The picture's numbers, folded away; the keyboard can scroll them."""
    shown = table(names, rows, caption=caption, kind="plain many" if len(names) > _FEW else "plain")
    return h("details", h("summary", title), h("div", shown, class_="fold", tabindex=0, role="group", aria_label=caption))


def table(names: Sequence[str], rows: Iterable[Sequence[Child]], *, caption: str, kind: str = "plain") -> Element:
    """A table whose first column names the row and whose others are numbers, in which phones show the names of columns beside cells."""
    head = h("tr", (h("th", name, scope="col", role="columnheader") for name in names), role="row")
    body = (_row(names, row) for row in rows)
    return h(
        "table",
        h("caption", caption, class_="unseen"),
        h("thead", head, role="rowgroup"),
        h("tbody", body, role="rowgroup"),
        class_=kind,
        role="table",  # some browsers forget that it is one where it is laid out otherwise
    )


def image(name: str, *shapes: Child, box: str = "0 0 100 100") -> Element:
    """Shapes that stretch over their place, and a name for those who do not see them."""
    return h("svg", *shapes, viewBox=box, preserveAspectRatio="none", role="img", aria_label=name)


def _row(names: Sequence[str], row: Sequence[Child]) -> Element:
    first, *rest = row
    cells = (h("td", cell, role="cell", data_name=name) for name, cell in zip(names[1:], rest, strict=True))
    return h("tr", h("th", first, scope="row", role="rowheader"), cells, role="row")
