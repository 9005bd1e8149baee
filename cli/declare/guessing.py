"""What the values of a column look like. A guess to begin with: people read it, and put right what they know better."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lakemill.declare import DECIMAL_COMMA, Column, Type
from lakemill.moments import pattern

FITS = 0.95  # of a column's values, or it stays text: a few wrong values are what a quarantine is for
LONGEST_INTEGER, LONGEST_LONG = 2**31, 2**63
DAYS = ("dd-MM-yyyy", "dd.MM.yyyy", "dd/MM/yyyy", "MM/dd/yyyy", "MM-dd-yyyy", "yyyy-MM-dd", "yyyy/MM/dd")
TIMES = tuple(f"{between}{time}" for between in (" ", "'T'") for time in ("HH:mm:ss", "HH:mm", "HH:mm:ss.SSS", "HH:mm:ss.SSSSSS"))
PERSONAL = re.compile(r"e.?mail|phone|mobile|msisdn|passport|birth|address|street|surname|(first|last|full|holder).?name|card.?holder|iban")
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_DOUBLE = re.compile(r"[+-]?(0|[1-9][0-9]*)?([.][0-9]*)?([eE][+-]?[0-9]+)?")
_DECIMALS = re.compile(r",([0-9]{1,2}|[0-9]{4,})$")  # three digits after the comma alone may be thousands
_STRPTIME = (
    ("yyyy", "%Y"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("mm", "%M"),
    ("ss", "%S"),
    (".SSSSSS", ".%f"),
    (".SSS", ".%f"),
    ("'T'", "T"),
)


@dataclass(frozen=True)
class Guess:
    """A type, with a format where it needs one; how many values it would refuse, and which other formats fit as well."""

    type: Type
    format: str = ""
    misfits: int = 0
    others: tuple[str, ...] = ()


def guessed(values: Sequence[str]) -> Guess:
    """The narrowest type that nearly all values fit; text if there are none. Numbers with leading zeros are names, so they stay text."""
    given = [value.strip() for value in values if value.strip()]
    if not given:
        return Guess(Type.TEXT)
    if not any(_leading_zero(value) for value in given):
        for kind, fits in ((Type.INTEGER, _integer), (Type.LONG, _long), (Type.DOUBLE, _double), (Type.BOOLEAN, _boolean)):
            misfits = _misfits(given, fits)
            if misfits is not None:
                return Guess(kind, misfits=misfits)
        if (misfits := _misfits(given, _comma_double)) is not None and any(_DECIMALS.search(value) for value in given):
            return Guess(Type.DOUBLE, DECIMAL_COMMA, misfits)
    return _moment(given) or Guess(Type.TEXT)


def personal(header: str) -> bool:
    """Whether a column's name sounds like personal data."""
    return PERSONAL.search(header.lower()) is not None


def _misfits(given: Sequence[str], fits: Callable[[str], bool]) -> int | None:
    """How many values do not fit; None if they are too many for the type."""
    number = sum(not fits(value) for value in given)
    return number if number <= (1 - FITS) * len(given) else None


def _integer(value: str) -> bool:
    return _INTEGER.fullmatch(value) is not None and -LONGEST_INTEGER <= int(value) < LONGEST_INTEGER


def _long(value: str) -> bool:
    return _INTEGER.fullmatch(value) is not None and -LONGEST_LONG <= int(value) < LONGEST_LONG


def _double(value: str) -> bool:
    return any(sign.isdigit() for sign in value) and _DOUBLE.fullmatch(value) is not None


def _comma_double(value: str) -> bool:
    return "." not in value and _double(value.replace(",", ".", 1))


def _boolean(value: str) -> bool:
    return value.lower() in ("true", "false")


def _leading_zero(value: str) -> bool:
    return len(value) > 1 and value.isdigit() and value[0] == "0"


def _moment(given: Sequence[str]) -> Guess | None:
    """The date or time format that most values fit; the first of equals, with the others beside it."""
    formats = [(Type.DATE, day) for day in DAYS] + [(Type.TIMESTAMP, f"{day}{time}") for day in DAYS for time in TIMES]
    found = [(misfits, kind, form) for kind, form in formats if (misfits := _misfits(given, _reader(kind, form))) is not None]
    if not found:
        return None
    misfits, kind, form = min(found, key=lambda each: each[0])
    return Guess(kind, form, misfits, tuple(other for number, _, other in found if number == misfits and other != form))


def _reader(kind: Type, form: str) -> Callable[[str], bool]:
    shape = re.compile(pattern(Column(name="moment", type=kind, format=form)))
    directive = form
    for letters, sign in _STRPTIME:
        directive = directive.replace(letters, sign)

    def reads(value: str) -> bool:
        if not shape.fullmatch(value):
            return False
        try:
            datetime.strptime(value, directive)
        except ValueError:
            return False
        return True

    return reads
