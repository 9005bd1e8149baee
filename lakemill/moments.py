"""Date-time formats of the source files, as Spark SQL that neither rolls a date over nor asks for a time zone.

Spark's own parser reads 31-02 by its session's policy and may raise in the middle of a job. A fixed-width pattern
checked by a regular expression and cast from ISO text does the same on every session. A text that names its distance from
UTC becomes the time in UTC.
"""

import re
from collections.abc import Iterable
from itertools import accumulate

from lakemill.declare import Column, DeclarationError, Type

FIELDS = {"yyyy": 4, "MM": 2, "dd": 2, "HH": 2, "mm": 2, "ss": 2, "SSSSSS": 6, "SSS": 3}
_HOURS = "(0[0-9]|1[0-7]){0}[0-5][0-9]|18{0}00"
ZONES = {"XXX": f"(Z|[+-]({_HOURS.format(':')}))", "XX": f"(Z|[+-]({_HOURS.format('')}))", "Z": f"[+-]({_HOURS.format('')})"}
_TOKEN = re.compile("|".join(["'[^']*'", *FIELDS, *ZONES, "."]))
_ISO = (("yyyy", ""), ("MM", "-"), ("dd", "-"), ("HH", " "), ("mm", ":"), ("ss", ":"))
_FRACTIONS = ("SSSSSS", "SSS")
_PYTHONS = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "mm": "%M",
    "ss": "%S",
    **dict.fromkeys(_FRACTIONS, "%f"),
    **dict.fromkeys(ZONES, "%z"),
}


def pattern(column: Column) -> str:
    """The regular expression that a text in the column's format matches as a whole; DeclarationError if the format is not fixed-width."""
    tokens = _TOKEN.findall(column.format)
    zone = zone_of(column)
    tokens, last = (tokens[:-1], ZONES[zone]) if zone else (tokens, "")
    strangers = [part for part in tokens if part not in FIELDS and (part.isalpha() or part == "'")]
    fields = ["S" if part in _FRACTIONS else part for part in tokens if part in FIELDS]
    needed = {"yyyy", "MM", "dd"} | ({"HH"} if column.type is Type.TIMESTAMP else set())
    lost = ("S" in fields and "ss" not in fields) or (zone and column.type is Type.DATE)
    if strangers or len(set(fields)) < len(fields) or not needed <= set(fields) or lost:
        raise DeclarationError(
            f"column {column.name!r}: format {column.format!r} must hold {', '.join(sorted(needed))} once, "
            f"may hold {', '.join(FIELDS)}, and other letters in quotes only, as in yyyy-MM-dd'T'HH:mm:ss; a timestamp may end in its "
            "distance from UTC: XXX for +02:00 or Z, XX for +0200 or Z, Z for +0200 (names of time zones are not read)"
        )
    return "^" + "".join(f"[0-9]{{{FIELDS[part]}}}" if part in FIELDS else re.escape(_plain(part)) for part in tokens) + last + "$"


def zone_of(column: Column) -> str:
    """The distance from UTC in which a format ends, empty if it names none."""
    last = _TOKEN.findall(column.format)[-1:]
    return last[0] if last and last[0] in ZONES else ""


def python_format(column: Column) -> str:
    """The column's format in the words of Python's strptime, which is less strict."""
    return "".join(_PYTHONS.get(part) or _plain(part).replace("%", "%%") for part in _TOKEN.findall(column.format))


def value(column: Column, *, text: str) -> str:
    """Spark SQL for the value of `text`, null if it is none: a date, or a time without a zone, which is in UTC if the text says how."""
    moment = f"try_cast({iso(column, text=text)} as {column.type})"
    if not zone_of(column):
        return moment
    place = 1 + sum(_widths(column)[:-1])
    sign, hours = f"substr({text}, {place}, 1)", f"try_cast(substr({text}, {place + 1}, 2) as int)"
    minutes = f"if({sign} = '+', -1, 1) * ({hours} * 60 + try_cast(right({text}, 2) as int))"
    return f"case when {sign} = 'Z' then {moment} else timestampadd(minute, {minutes}, {moment}) end"


def iso(column: Column, *, text: str) -> str:
    """Spark SQL that turns `text` (an SQL expression in the column's format) into ISO 8601 text."""
    tokens = _TOKEN.findall(column.format)
    starts = dict(zip(tokens, accumulate(_widths(column), initial=1), strict=False))
    parts: list[str] = []
    for field, before in _ISO[: 3 if column.type is Type.DATE else 6]:
        value = f"substr({text}, {starts[field]}, {FIELDS[field]})" if field in starts else "'00'"
        parts += [f"'{before}'", value] if before else [value]
    fraction = next((each for each in _FRACTIONS if each in starts), "") if column.type is Type.TIMESTAMP else ""
    parts += ["'.'", f"substr({text}, {starts[fraction]}, {FIELDS[fraction]})"] if fraction else []
    return f"concat({', '.join(parts)})"


def _widths(column: Column) -> list[int]:
    return [FIELDS[part] if part in FIELDS else len(_plain(part)) for part in _TOKEN.findall(column.format)]


def _plain(part: str) -> str:
    """The text that a token other than a field stands for."""
    return part.strip("'") if len(part) > 1 else part


def within(column: str, *, months: Iterable[str]) -> str:
    """Spark SQL that holds in the given months ('2019-01'), as ranges, so that Iceberg leaves out the other months' files."""
    numbers = sorted({int(month[:4]) * 12 + int(month[5:]) - 1 for month in months})
    starts = [number for number in numbers if number - 1 not in numbers]
    ends = [number + 1 for number in numbers if number + 1 not in numbers]
    ranges = [f"({column} >= {_first(start)} and {column} < {_first(end)})" for start, end in zip(starts, ends, strict=True)]
    return " or ".join(ranges) or "false"


def _first(number: int) -> str:
    return f"timestamp_ntz'{number // 12:04}-{number % 12 + 1:02}-01 00:00:00'"
