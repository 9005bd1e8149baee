"""Date-time formats of the source files, as Spark SQL that neither rolls a date over nor asks for a time zone.

Spark's own parser reads 31-02 by its session's policy and may raise in the middle of a job. A fixed-width pattern
checked by a regular expression and cast from ISO text does the same on every session.
"""

import re
from collections.abc import Iterable
from itertools import accumulate

from lakemill.declare import Column, DeclarationError, Type

FIELDS = {"yyyy": 4, "MM": 2, "dd": 2, "HH": 2, "mm": 2, "ss": 2, "SSSSSS": 6, "SSS": 3}
_TOKEN = re.compile("|".join(["'[^']*'", *FIELDS, "."]))
_ISO = (("yyyy", ""), ("MM", "-"), ("dd", "-"), ("HH", " "), ("mm", ":"), ("ss", ":"))
_FRACTIONS = ("SSSSSS", "SSS")


def pattern(column: Column) -> str:
    """The regular expression that a text in the column's format matches as a whole; DeclarationError if the format is not fixed-width."""
    tokens = _TOKEN.findall(column.format)
    strangers = [part for part in tokens if part not in FIELDS and (part.isalpha() or part == "'")]
    fields = ["S" if part in _FRACTIONS else part for part in tokens if part in FIELDS]
    needed = {"yyyy", "MM", "dd"} | ({"HH"} if column.type is Type.TIMESTAMP else set())
    if strangers or len(set(fields)) < len(fields) or not needed <= set(fields) or ("S" in fields and "ss" not in fields):
        raise DeclarationError(
            f"column {column.name!r}: format {column.format!r} must hold {', '.join(sorted(needed))} once, "
            f"may hold {', '.join(FIELDS)}, and other letters in quotes only, as in yyyy-MM-dd'T'HH:mm:ss"
        )
    return "^" + "".join(f"[0-9]{{{FIELDS[part]}}}" if part in FIELDS else re.escape(_plain(part)) for part in tokens) + "$"


def iso(column: Column, *, text: str) -> str:
    """Spark SQL that turns `text` (an SQL expression in the column's format) into ISO 8601 text."""
    tokens = _TOKEN.findall(column.format)
    widths = [FIELDS[part] if part in FIELDS else len(_plain(part)) for part in tokens]
    starts = dict(zip(tokens, accumulate(widths, initial=1), strict=False))
    parts: list[str] = []
    for field, before in _ISO[: 3 if column.type is Type.DATE else 6]:
        value = f"substr({text}, {starts[field]}, {FIELDS[field]})" if field in starts else "'00'"
        parts += [f"'{before}'", value] if before else [value]
    fraction = next((each for each in _FRACTIONS if each in starts), "") if column.type is Type.TIMESTAMP else ""
    parts += ["'.'", f"substr({text}, {starts[fraction]}, {FIELDS[fraction]})"] if fraction else []
    return f"concat({', '.join(parts)})"


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
