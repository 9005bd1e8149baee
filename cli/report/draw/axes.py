"""The field of a chart: shapes over lines at round numbers, with labels beside, below and at what stands out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from cli.report.draw.figure import image
from cli.report.html import h
from cli.report.told import short

_LETTER = 1.4  # half a letter of a label on a phone, in per cent of the field


@dataclass(frozen=True, kw_only=True)
class Axes:
    """Round numbers upwards, and labels below at per cent from the left. A unit of % stands at each number."""

    stops: Sequence[float]
    below: Sequence[tuple[float, str]]
    unit: str = ""


def field(axes: Axes, *, name: str, shapes: Iterable[Element], peaks: Iterable[tuple[float, float, str]]) -> Element:
    """All of it. Peaks are labels at per cent from the left and from the bottom; only the picture's name is read aloud."""
    left = (h("span", _stop(stop, axes), style=f"bottom:{_high(stop, axes.stops):.2f}%") for stop in axes.stops)
    below = (h("span", label, class_=side(place, text=label), style=f"left:{place:.2f}%") for place, label in axes.below)
    return h(
        "div",
        h("div", image(name, _lines(axes.stops), *shapes), *map(_peak, peaks), class_="field"),
        h("div", left, class_="left", aria_hidden="true"),
        h("div", below, class_="below", aria_hidden="true"),
        class_="chart",
    )


def side(left: float, *, text: str) -> str:
    """How a label stands to its place, so that it does not leave the field: its start, its middle or its end there."""
    half = _LETTER * len(text)
    return "start" if left < half else "end" if left > 100 - half else "middle"


def _lines(stops: Sequence[float]) -> list[Element]:
    heights = [100 - _high(stop, stops) for stop in stops]
    return [h("line", x1=0, x2=100, y1=f"{each:.2f}", y2=f"{each:.2f}", class_="base" if each == 100 else None) for each in heights]


def _high(stop: float, stops: Sequence[float]) -> float:
    return 100 * stop / stops[-1]


def _stop(stop: float, axes: Axes) -> str:
    return short(stop) + (axes.unit if axes.unit == "%" else "")


def _peak(peak: tuple[float, float, str]) -> Element:
    left, high, text = peak
    return h("span", text, class_=f"peak {side(left, text=text)}", style=f"left:{left:.2f}%;bottom:{high:.2f}%", aria_hidden="true")
