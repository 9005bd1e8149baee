"""Rows as a stream that divides: in on the left, what became of them on the right, as broad as they are many."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from cli.report.draw.bars import Bar
from cli.report.draw.figure import image
from cli.report.html import h

_GAP = 14  # between two branches, in per cent of the height
_THIN = 0.8  # what is too little to see is drawn as a hair
_LEFT, _RIGHT = 3, 97


def stream(whole: Bar, *, branches: Sequence[Bar], name: str) -> Element:
    """The picture and its labels; a branch without rows has a label and no line."""
    total = sum(bar.value for bar in branches) or 1
    room = 100 - _GAP * (len(branches) - 1)
    heights = [max(_THIN if bar.value else 0, room * bar.value / total) for bar in branches]
    scale = min(1, room / (sum(heights) or 1))
    heights = [height * scale for height in heights]
    tops = [sum(heights[:at]) + _GAP * at for at in range(len(branches))]
    start = (100 - sum(heights)) / 2
    shapes = [h("rect", x=0, y=f"{start:.2f}", width=_LEFT, height=f"{sum(heights):.2f}", class_="source")]
    for at, bar in enumerate(branches):
        shapes += _branch(bar, start=start + sum(heights[:at]), top=tops[at], high=heights[at])
    ends = (_end(bar, middle=top + high / 2) for bar, top, high in zip(branches, tops, heights, strict=True))
    return h(
        "div",
        h("p", h("b", whole.shown), f" {whole.label}", h("small", f" {whole.detail}") if whole.detail else None, class_="source"),
        image(name, *shapes),
        h("p", ends, class_="ends"),
        class_="stream",
    )


def _end(bar: Bar, *, middle: float) -> Element:
    detail = h("small", bar.detail) if bar.detail else None
    return h("span", h("b", bar.shown), f" {bar.label} ", detail, class_=bar.kind, style=f"top:{middle:.2f}%")


def _branch(bar: Bar, *, start: float, top: float, high: float) -> list[Element]:
    if not high:
        return []
    middle = (_LEFT + _RIGHT) / 2
    upper = f"M{_LEFT} {start:.2f}C{middle} {start:.2f} {middle} {top:.2f} {_RIGHT} {top:.2f}"
    lower = f"V{top + high:.2f}C{middle} {top + high:.2f} {middle} {start + high:.2f} {_LEFT} {start + high:.2f}Z"
    band = h("path", d=upper + lower, class_=f"band {bar.kind}")
    return [band, h("rect", x=_RIGHT, y=f"{top:.2f}", width=100 - _RIGHT, height=f"{high:.2f}", class_=bar.kind)]
