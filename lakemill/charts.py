"""Charts of a curated table, declared in the header of its SQL file: `mill report` draws them and knows no table by name.

A line reads `-- chart: heatmap; title: Calls that failed; x: hour(hour); y: carrier_name; value: avg(error); unit: %`.
`x` and `y` are expressions over the table's columns in Athena's SQL, `value` is an aggregate over the rows they have in common.
"""

import re
from dataclasses import dataclass, fields
from enum import StrEnum

from lakemill.declare import DeclarationError

# A query inside an expression could read a table in which persons are not hidden.
_QUERIES = re.compile(r"\b(select|table|values)\b", re.IGNORECASE)


class Kind(StrEnum):
    """What a chart looks like: one bar per x, a line over x, or a field of x by y."""

    BARS = "bars"
    LINE = "line"
    HEATMAP = "heatmap"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture of a table: a value for each x, in a heat map for each x and y. `unit` stands behind the value (%, calls)."""

    kind: Kind
    title: str
    x: str
    value: str
    y: str = ""
    unit: str = ""

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The expressions whose values it tells apart."""
        return (self.x, self.y) if self.y else (self.x,)


_FIELDS = tuple(field.name for field in fields(Chart) if field.name != "kind")


def parse(text: str, *, where: str) -> Chart:
    """The chart that a header line describes. DeclarationError says what is missing or wrong."""
    kind, *parts = (part.strip() for part in text.split(";"))
    pairs = [part.partition(":") for part in parts if part]
    given = {name.strip(): value.strip() for name, _, value in pairs}
    if kind not in tuple(Kind):
        raise DeclarationError(f"{where}: a chart is one of {', '.join(Kind)}, not {kind!r}")
    if unknown := [name for name in given if name not in _FIELDS]:
        raise DeclarationError(f"{where}: a chart has {', '.join(_FIELDS)}, not {', '.join(unknown)}; write `name: value`, with ; between")
    needed = ("title", "x", "value", *(["y"] if kind == Kind.HEATMAP else []))
    if missing := [name for name in needed if not given.get(name)]:
        raise DeclarationError(f"{where}: the chart {kind} lacks {', '.join(missing)}")
    if kind != Kind.HEATMAP and given.get("y"):
        raise DeclarationError(f"{where}: y belongs to a heatmap, and {kind} is none")
    if foreign := [name for name in ("x", "y", "value") if _QUERIES.search(given.get(name, ""))]:
        raise DeclarationError(
            f"{where}: {', '.join(foreign)} of a chart must be an expression over the table's own columns, without a query"
        )
    return Chart(kind=Kind(kind), **given)
