"""Bars: upright ones along numbers and moments, lying ones for names."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from cli.report.draw.axes import Axes, field
from cli.report.draw.scale import ticks
from cli.report.html import h
from cli.report.told import measured, number

_WIDE = 0.72  # of a bar's place


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar. `kind` is a class of the style: good, bad, spare; `detail` stands beside its name."""

    label: str
    value: float
    shown: str = ""
    kind: str = ""
    detail: str = ""


def upright(bars: Sequence[Bar], *, unit: str, name: str) -> Element:
    """Columns from a line, the highest one labelled."""
    place = 100 / max(1, len(bars))
    below = [(place * (at + 0.5), bar.label) for at, bar in enumerate(bars)]
    axes = Axes(stops=ticks(bar.value for bar in bars), below=below, unit=unit)
    columns = [_column(bar, left=place * (at + (1 - _WIDE) / 2), wide=place * _WIDE, axes=axes) for at, bar in enumerate(bars)]
    high = max(range(len(bars)), key=lambda each: bars[each].value)
    peak = (place * (high + 0.5), axes.high(bars[high].value), number(bars[high].value))
    return field(axes, name=name, shapes=columns, peaks=[peak])


def lying(bars: Sequence[Bar], *, unit: str = "", whole: float = 0) -> Element:
    """A list in which each line has a bar from the same left edge, as a part of `whole` or else of the longest.

    The names are read, so it needs no other description.
    """
    top = whole or max(0, *(bar.value for bar in bars), 0) or 1
    return h("ul", (_line(bar, percent=max(0, 100 * bar.value / top), unit=unit) for bar in bars), class_="bars")


def _column(bar: Bar, *, left: float, wide: float, axes: Axes) -> Element:
    low, high = sorted((axes.high(0), axes.high(bar.value)))
    title = h("title", f"{bar.label}: {bar.shown or number(bar.value)}")
    place = {"x": f"{left:.3f}", "y": f"{100 - high:.3f}", "width": f"{wide:.3f}", "height": f"{high - low:.3f}"}
    return h("rect", title, class_=bar.kind or None, **place)


def _line(bar: Bar, *, percent: float, unit: str) -> Element:
    fill = h("i", style=f"width:{percent:.2f}%", class_=bar.kind or None)
    name = h("span", h("b", bar.label), h("small", bar.detail) if bar.detail else None, class_="name")
    value = h("span", bar.shown or measured(bar.value, unit), class_="value")
    return h("li", name, value, h("span", fill, class_="track", aria_hidden="true"))
