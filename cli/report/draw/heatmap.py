"""A heat map is a table whose cells are tinted: who cannot see the tint reads the numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from cli.report.draw.scale import apart, named, side
from cli.report.facts.pictures import Place, Point
from cli.report.html import h
from cli.report.told import measured, number

TINTS = 7
_MOST_ROWS = 40
_LETTER, _LETTER_ON_A_PHONE = 1.0, 3.1  # of a column's label, in per cent of the map


@dataclass(frozen=True, kw_only=True)
class _Field:
    """All values by place, and the ends of their scale."""

    values: Mapping[tuple[Place, Place], float]
    unit: str
    low: float
    high: float


def heatmap(points: Sequence[Point], *, unit: str, caption: str) -> Element:
    """The map with its scale, which goes from the lowest value there is to the highest."""
    across, down = named([point.x for point in points]), named([point.y for point in points])
    values = {(point.x, point.y): point.value for point in points}
    field = _Field(values=values, unit=unit, low=min(values.values()), high=max(values.values()))
    rows = [_row(field, y, down[y], across) for y in list(down)[:_MOST_ROWS]]
    head = h("thead", h("tr", h("td"), _heads(list(across.values()))))
    table = h("table", h("caption", caption, class_="unseen"), head, h("tbody", rows), class_="heat")
    cut = len(down) - len(rows)
    return h("div", _legend(field), h("div", table, class_="map"), h("p", f"{cut} more are not shown.", class_="note") if cut else None)


def tint(value: float, *, low: float, high: float) -> int:
    """The step of the scale for a value, from 0 to the last."""
    return min(TINTS - 1, int(TINTS * (value - low) / (high - low))) if high > low else 0


def _heads(names: Sequence[str]) -> list[Element]:
    labels = [(100 * (at + 0.5) / len(names), name) for at, name in enumerate(names)]
    many, few = apart(labels, letter=_LETTER), apart(labels, letter=_LETTER_ON_A_PHONE)
    kinds = ["" if at in few else "few" if at in many else "rare" for at in range(len(names))]
    sides = [side(left, text=name, letter=_LETTER_ON_A_PHONE) for left, name in labels]
    return [
        h("th", h("span", name, class_=f"{how} {kind}".strip()), scope="col") for name, how, kind in zip(names, sides, kinds, strict=True)
    ]


def _row(field: _Field, y: Place, name: str, across: Mapping[Place, str]) -> Element:
    return h(
        "tr", h("th", name, scope="row"), (_cell(field, field.values.get((x, y)), f"{name}, {column}") for x, column in across.items())
    )


def _cell(field: _Field, value: float | None, where: str) -> Element:
    if value is None:
        return h("td", h("span", "none", class_="unseen"), class_="none")
    text = number(round(value) if abs(value) >= 10 else value)
    step = tint(value, low=field.low, high=field.high)
    return h("td", h("span", text), class_=f"t{step}", title=f"{where}: {measured(value, field.unit)}")


def _legend(field: _Field) -> Element:
    steps = (h("i", class_=f"t{step}") for step in range(TINTS))
    return h("p", measured(field.low, field.unit), h("span", steps, aria_hidden="true"), measured(field.high, field.unit), class_="legend")
