"""A line over moments or numbers, with its highest place labelled."""

from collections.abc import Sequence
from datetime import datetime
from xml.etree.ElementTree import Element

from cli.report.draw.axes import Axes, field
from cli.report.draw.scale import labels, ticks
from cli.report.facts.pictures import Place
from cli.report.html import h
from cli.report.told import number


def line(points: Sequence[tuple[Place, float]], *, unit: str, name: str) -> Element:
    """The line of points that are in order. Moments stand where they are in time, so a gap in time is a gap on the page."""
    lefts = _lefts([place for place, _ in points])
    named = labels([place for place, _ in points])
    below = list(zip(lefts, named, strict=True))
    axes = Axes(stops=ticks(value for _, value in points), below=below, unit=unit)
    ground = 100 - axes.high(0)
    path = "L".join(f"{left:.2f} {100 - axes.high(value):.2f}" for left, (_, value) in zip(lefts, points, strict=True))
    shapes = [
        h("path", d=f"M{lefts[0]:.2f} {ground:.2f}L{path}L{lefts[-1]:.2f} {ground:.2f}Z", class_="area"),
        h("path", d=f"M{path}{'h0.01' if len(points) == 1 else ''}", class_="line"),
    ]
    high = max(range(len(points)), key=lambda at: points[at][1])
    return field(axes, name=name, shapes=shapes, peaks=[(lefts[high], axes.high(points[high][1]), number(points[high][1]))])


def _lefts(places: Sequence[Place]) -> list[float]:
    if all(isinstance(place, datetime) for place in places):
        values = [place.timestamp() for place in places if isinstance(place, datetime)]
    elif all(isinstance(place, float) for place in places):
        values = [place for place in places if isinstance(place, float)]
    else:
        values = [float(at) for at in range(len(places))]
    first, wide = values[0], values[-1] - values[0]
    return [100 * (value - first) / wide if wide else 50 for value in values]
