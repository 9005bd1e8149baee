"""The field of a chart: shapes over lines at round numbers, with labels beside, below and at what stands out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from cli.report.draw.figure import image
from cli.report.draw.scale import apart, side
from cli.report.html import h
from cli.report.told import short


@dataclass(frozen=True, kw_only=True)
class Axes:
    """Round numbers upwards, and labels below (per cent from the left), of which some have room. A unit of % stands at each number."""

    stops: Sequence[float]
    below: Sequence[tuple[float, str]]
    unit: str = ""

    def high(self, value: float) -> float:
        """How high a value stands, in per cent of the field."""
        return 100 * (value - self.stops[0]) / (self.stops[-1] - self.stops[0])


def field(axes: Axes, *, name: str, shapes: Iterable[Element], peaks: Iterable[tuple[float, float, str]]) -> Element:
    """All of it. Peaks are labels at per cent from the left and from the bottom; only the picture's name is read aloud."""
    left = (h("span", _stop(stop, axes), style=f"bottom:{axes.high(stop):.2f}%") for stop in axes.stops)
    below = (
        h("span", label, class_=side(place, text=label), style=f"left:{place:.2f}%")
        for place, label in (axes.below[at] for at in apart(axes.below))
    )
    return h(
        "div",
        h("div", image(name, _lines(axes), *shapes), *map(_peak, peaks), class_="field"),
        h("div", left, class_="left", aria_hidden="true"),
        h("div", below, class_="below", aria_hidden="true"),
        class_="chart",
    )


def _lines(axes: Axes) -> list[Element]:
    return [_level(100 - axes.high(stop), kind="base" if stop == 0 else None) for stop in axes.stops]


def _level(y: float, *, kind: str | None) -> Element:
    return h("line", x1=0, x2=100, y1=f"{y:.2f}", y2=f"{y:.2f}", class_=kind)


def _stop(stop: float, axes: Axes) -> str:
    return short(stop) + (axes.unit if axes.unit == "%" else "")


def _peak(peak: tuple[float, float, str]) -> Element:
    left, high, text = peak
    return h("span", text, class_=f"peak {side(left, text=text)}", style=f"left:{left:.2f}%;bottom:{high:.2f}%", aria_hidden="true")
