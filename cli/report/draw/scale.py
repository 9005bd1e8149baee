"""Axes: round numbers to stop at, and names for places."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from math import ceil, floor, log10

from cli.report.facts.pictures import Place
from cli.report.told import number

_STEPS = (1, 2, 2.5, 5, 10)
_MOST_FILLED = 100
PHONE = 2.7  # a letter of a label in a chart on a phone, in per cent of the chart


def ticks(values: Iterable[float], *, most: int = 4) -> list[float]:
    """Round numbers from 0 or below all values to above all of them; 0 is always one of them."""
    low, high = min(0, *(found := list(values) or [0])), max(0, *found)
    if low == high:
        return [0, 1]
    rough = (high - low) / most
    size = 10 ** floor(log10(rough))
    step = next(step * size for step in _STEPS if step * size >= rough * 0.9999)
    return [step * place for place in range(floor(low / step + 1e-9), ceil(high / step - 1e-9) + 1)]


def ordered(places: Sequence[Place]) -> list[Place]:
    """Distinct places in order, unknown ones last; gaps between whole numbers are filled, so that an hour without calls shows."""
    known = sorted({place for place in places if place is not None}, key=_natural)
    if known and all(isinstance(place, float) and place == int(place) for place in known):
        first, last = int(float(str(known[0]))), int(float(str(known[-1])))
        if last - first < _MOST_FILLED:
            known = [float(place) for place in range(first, last + 1)]
    return [*known, *([None] if None in places else [])]


def labels(places: Sequence[Place]) -> list[str]:
    """What places are called, moments no finer than they differ."""
    moments = [place for place in places if isinstance(place, datetime)]
    form = _form(moments)
    return [_label(place, form) for place in places]


def side(left: float, *, text: str, letter: float = PHONE) -> str:
    """How a label stands to its place (per cent from the left), so that it does not leave the field: its start, middle or end there."""
    half = letter * len(text) / 2
    return "start" if left < half else "end" if left > 100 - half else "middle"


def apart(labels: Sequence[tuple[float, str]], *, letter: float = PHONE) -> list[int]:
    """Which labels to show: the first and every nth, so that none lies upon another. A letter takes so many per cent of the field."""
    steps = (step for step in (1, 2, 3, 4, 6, 8, 12, 24, *range(25, len(labels) + 1)) if _clear(labels[::step], letter))
    return list(range(0, len(labels), next(steps, max(1, len(labels)))))


def _clear(labels: Sequence[tuple[float, str]], letter: float) -> bool:
    spans = [_span(left, text, letter) for left, text in labels]
    return all(one[1] + letter < other[0] for one, other in pairwise(spans))


def _span(left: float, text: str, letter: float) -> tuple[float, float]:
    wide = letter * len(text)
    start = left - wide * {"start": 0, "middle": 0.5, "end": 1}[side(left, text=text, letter=letter)]
    return start, start + wide


def named(places: Sequence[Place]) -> Mapping[Place, str]:
    """Every place with its label."""
    distinct = ordered(places)
    return dict(zip(distinct, labels(distinct), strict=True))


def _natural(place: Place) -> tuple[str, object]:
    """Names in the order in which people count: carrier 2 before carrier 10."""
    parts = re.split(r"(\d+)", place) if isinstance(place, str) else []
    return type(place).__name__, [(int(part) if at % 2 else 0, part) for at, part in enumerate(parts)] or place


def _form(moments: Sequence[datetime]) -> str:
    if len({moment.date() for moment in moments}) == 1 and len(moments) > 1:
        return "{0:%H:%M}"
    if any(moment.hour or moment.minute for moment in moments):
        return "{0.day} {0:%b %Y, %H:%M}"
    if len(moments) > 1 and all(moment.day == 1 for moment in moments):
        return "{0:%b %Y}"
    return "{0.day} {0:%b %Y}"


def _label(place: Place, form: str) -> str:
    if place is None:
        return "unknown"
    if isinstance(place, datetime):
        return form.format(place)
    return number(place).replace(",", "") if isinstance(place, float) else place
