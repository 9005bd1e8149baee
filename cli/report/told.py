"""Numbers, moments and messages as the page tells them."""

import re
from datetime import UTC, datetime

from cli.words import shortened

_LONG_NUMBER = re.compile(r"\+?\d(?:[ ./()-]{0,2}\d){6,}")
_LONGEST = 300
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def number(value: float) -> str:
    """12,345 or 35.4 or 0.05: whole where it is whole, otherwise three digits that say something."""
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


def measured(value: float, unit: str) -> str:
    """A number with its unit: 35.4%, 12 calls."""
    return number(value) + (unit if unit == "%" else f" {unit}" if unit else "")


def short(value: float) -> str:
    """A number for an axis: 0, 500, 15k, 2M."""
    for size, sign in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{sign}"
    return f"{value:g}"


def share(part: float, whole: float) -> str:
    """A part as per cent, never rounded to nothing or to all."""
    if not whole or part in (0, whole):
        return "100%" if whole and part else "0%"
    percent = 100 * part / whole
    if percent < 0.01:
        return "under 0.01%"
    return "over 99.99%" if percent > 99.99 else f"{percent:.2f}%" if percent < 1 or percent > 99 else f"{percent:.1f}%"


def moment(when: datetime) -> str:
    """21 November 2026, 18:51 UTC."""
    utc = when.astimezone(UTC)
    return f"{utc.day} {utc:%B %Y, %H:%M} UTC"


def ago(when: datetime, *, now: datetime) -> str:
    """How long before `now` that was: just now, 5 minutes ago, 3 days ago."""
    seconds = (now - when).total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            many = int(seconds // size)
            return f"{many} {unit}{'' if many == 1 else 's'} ago"
    return "just now"


def masked(text: str) -> str:
    """A message or a reason without long numbers: it may quote a file, and a file may hold the phone numbers of persons."""
    return shortened(_LONG_NUMBER.sub("…", text), width=_LONGEST)


def times(many: int, noun: str) -> str:
    """1 file, 2 files."""
    return f"{many:,} {noun}{'' if many == 1 else 's'}"
