"""The values of declared charts. One query per table answers all of its charts, so the table is read once."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import isfinite
from typing import TypeAlias

from cli.athena import Answer, Column, ask
from cli.problem import Problem
from cli.report.facts.lake import table
from cli.report.known import Known
from lakemill import curated
from lakemill.charts import Chart
from lakemill.curated import Curated

Place: TypeAlias = "float | datetime | str | None"


@dataclass(frozen=True, kw_only=True)
class Point:
    """A value at a place; `y` is None but in heat maps."""

    x: Place
    value: float
    y: Place = None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A chart and its points, in no order."""

    chart: Chart
    points: tuple[Point, ...]


@dataclass(frozen=True, kw_only=True)
class Album:
    """A table's pictures, or the problem that kept them away."""

    table: Curated
    pictures: tuple[Picture, ...] = ()
    problem: str = ""


def albums(known: Known) -> tuple[Album, ...]:
    """One for each curated table that declares charts and is there."""
    there = [each for each in curated.tables().values() if each.charts and table(known, each.table) is not None]
    if not there:
        return ()
    with ThreadPoolExecutor(len(there)) as pool:
        return tuple(pool.map(partial(_album, known), there))


def _album(known: Known, of: Curated) -> Album:
    try:
        answer = ask(known.platform, question(of))
    except Problem as problem:
        return Album(table=of, problem=problem.what)
    return Album(table=of, pictures=tuple(Picture(chart=chart, points=_points(answer, of.charts, chart)) for chart in of.charts))


def question(of: Curated) -> str:
    """SQL that answers all charts: their groupings as sets, told apart by the first column."""
    dimensions = _dimensions(of.charts)
    named = ", ".join(f"{expression} as dimension_{number}" for expression, number in dimensions.items())
    names = ", ".join(f"dimension_{number}" for number in dimensions.values())
    values = ", ".join(f"cast({chart.value} as double) as value_{number}" for number, chart in enumerate(of.charts))
    sets = dict.fromkeys(", ".join(f"dimension_{dimensions[each]}" for each in chart.dimensions) for chart in of.charts)
    grouped = ", ".join(f"({each})" for each in sets)
    return (
        f'with pictured as (select *, {named} from curated."{of.name}") '
        f"select grouping({names}) as grouped_by, {names}, {values} from pictured group by grouping sets ({grouped})"
    )


def _dimensions(charts: Sequence[Chart]) -> Mapping[str, int]:
    expressions = dict.fromkeys(expression for chart in charts for expression in chart.dimensions)
    return {expression: number for number, expression in enumerate(expressions)}


def _points(answer: Answer, charts: Sequence[Chart], chart: Chart) -> tuple[Point, ...]:
    dimensions = _dimensions(charts)
    own = [dimensions[expression] for expression in chart.dimensions]
    mask = sum(1 << (len(dimensions) - 1 - number) for number in dimensions.values() if number not in own)  # 1: not grouped by it
    value = 1 + len(dimensions) + charts.index(chart)
    found = []
    for row in answer.rows:
        if int(row[0] or 0) == mask and isfinite(float(row[value] or "nan")):  # a share of nothing is no number
            x, *y = (_place(row[1 + number], answer.columns[1 + number]) for number in own)
            found.append(Point(x=x, y=y[0] if y else None, value=float(row[value] or 0)))
    return tuple(found)


def _place(cell: str | None, column: Column) -> Place:
    if cell is None:
        return None
    if column.type in ("timestamp", "date"):
        return datetime.fromisoformat(cell)
    return float(cell) if column.is_number else cell
