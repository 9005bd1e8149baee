"""The charts that curated tables declare, drawn by kind. No table and no column is known here."""

from collections.abc import Callable, Mapping, Sequence
from xml.etree.ElementTree import Element

from cli.report.draw.bars import Bar, lying, upright
from cli.report.draw.figure import figure, numbers
from cli.report.draw.heatmap import heatmap
from cli.report.draw.line import line
from cli.report.draw.scale import labels, named, ordered
from cli.report.facts.pictures import Album, Picture, Place, Point, albums
from cli.report.html import h
from cli.report.known import Known
from cli.report.told import masked, measured, number
from lakemill.charts import Kind

_MOST_NAMES = 20


def body(known: Known) -> Sequence[Element]:
    """The charts of each table, wide ones below the others."""
    return [element for album in known.of(albums) for element in shown(album)]


def shown(album: Album) -> list[Element]:
    """The pictures of a table, or why there are none."""
    source = h("p", f"From {album.table.table}: {album.table.description}", class_="note source")
    if album.problem:
        return [source, h("p", masked(album.problem), class_="reason")]
    return [source, h("div", map(drawn, album.pictures), class_="pictures")]


def drawn(picture: Picture) -> Element:
    """One chart as its kind asks."""
    if not picture.points:
        return figure(picture.chart.title, h("p", "There are no rows yet.", class_="note"))
    return _KINDS[picture.chart.kind](picture)


def _bars(picture: Picture) -> Element:
    chart, pairs = picture.chart, _pairs(picture.points)
    names = labels([place for place, _ in pairs])
    bars = [Bar(label=label, value=value, shown=measured(value, chart.unit)) for label, (_, value) in zip(names, pairs, strict=True)]
    if any(isinstance(place, str) for place, _ in pairs):
        bars = sorted(bars, key=lambda bar: -bar.value)
        return figure(chart.title, lying(bars[:_MOST_NAMES]), note=_rest(len(bars) - _MOST_NAMES))
    return figure(chart.title, upright(bars, unit=chart.unit, name=_said(picture, bars)), _numbers(picture, bars), note=_most(bars))


def _line(picture: Picture) -> Element:
    pairs = [(place, value) for place, value in _pairs(picture.points) if place is not None]
    names = labels([place for place, _ in pairs])
    bars = [
        Bar(label=label, value=value, shown=measured(value, picture.chart.unit)) for label, (_, value) in zip(names, pairs, strict=True)
    ]
    return figure(
        picture.chart.title,
        line(pairs, unit=picture.chart.unit, name=_said(picture, bars)),
        _numbers(picture, bars),
        note=_most(bars),
    )


def _heatmap(picture: Picture) -> Element:
    chart = picture.chart
    highest = max(picture.points, key=lambda point: point.value)
    across, down = (named([getattr(point, axis) for point in picture.points]) for axis in ("x", "y"))
    note = f"Highest: {measured(highest.value, chart.unit)}, {down[highest.y]}, {across[highest.x]}"
    return figure(chart.title, heatmap(picture.points, unit=chart.unit, caption=chart.title), note=note, kind="wide")


_KINDS: Mapping[Kind, Callable[[Picture], Element]] = {Kind.BARS: _bars, Kind.LINE: _line, Kind.HEATMAP: _heatmap}


def _pairs(points: Sequence[Point]) -> list[tuple[Place, float]]:
    values = {point.x: point.value for point in points}
    return [(place, values.get(place, 0)) for place in ordered(list(values))]


def _most(bars: Sequence[Bar]) -> str:
    most = max(bars, key=lambda bar: bar.value)
    return f"Most: {most.label} with {most.shown}"


def _rest(many: int) -> str:
    return f"{many} more are not shown." if many > 0 else ""


def _said(picture: Picture, bars: Sequence[Bar]) -> str:
    least = min(bars, key=lambda bar: bar.value)
    return f"{picture.chart.title}. {_most(bars)}, least: {least.label} with {least.shown}. The numbers follow as a table."


def _numbers(picture: Picture, bars: Sequence[Bar]) -> Element:
    return numbers(("", picture.chart.unit or "value"), [(bar.label, number(bar.value)) for bar in bars], caption=picture.chart.title)
