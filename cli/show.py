"""`mill show`: what a model's last run says: how many rows each group has, what they are like, and who is where."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from cli import screen
from cli.athena import Answer, ask
from cli.formats import as_table
from cli.options import on_a_platform
from cli.platform import Platform, options
from cli.problem import Problem
from lakemill import models
from lakemill.learning import Model

_BAR = 40
_ROWS = 5


@on_a_platform
def show(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model.")],
    *,
    rows: Annotated[int, typer.Option(min=0, help="So many rows of the mapping.")] = _ROWS,
    platform: Platform,
) -> None:
    """Show the groups that a model's last run found.

    Example: [bold]mill show segments[/]
    """
    if model not in models.declared():
        raise Problem(f"no model {model!r} in lakemill/models", f"Declared are: {', '.join(models.declared()) or 'none'}")
    show_model(platform, models.model(model), rows=rows)


def show_model(platform: Platform, model: Model, *, rows: int = _ROWS) -> None:
    """Sizes and means of the groups with a bar for each, and some rows of the mapping."""
    found = profile(platform, model)
    if not found.rows:
        raise Problem(f"{model.name} has not been run yet", f"Run it: mill run {model.name}{options(platform)}")
    screen.out.print(drawn(found, model=model))
    if rows:
        names = tuple(model.answers)
        some = ask(platform, f"select {', '.join(names)} from curated.{model.mapping} where {newest(model)} order by 1 limit {rows}")
        screen.out.print(as_table(names, some.rows, right=[column.is_number for column in some.columns]))
    question = f"select * from curated.{model.mapping} limit 10"
    screen.out.print(f'Next: mill query "{question}"{options(platform)}', soft_wrap=True)


def newest(model: Model) -> str:
    """The condition that holds for the rows of the last run."""
    return f"run_id = (select max_by(run_id, mapped_at) from curated.{model.mapping})"


def profile(platform: Platform, model: Model) -> Answer:
    """A row per group: its size, and the mean of each feature."""
    means = ", ".join(f"avg(cast(source.{name} as double))" for name in model.features)
    return ask(
        platform,
        f"select mapped.{model.group}, count(*), {means} from curated.{model.mapping} as mapped "
        f"join curated.{model.source} as source on source.{model.id} = mapped.{model.id} "
        f"where mapped.{newest(model)} group by mapped.{model.group} order by mapped.{model.group}",
    )


def drawn(found: Answer, *, model: Model) -> Table:
    """The profile as lines, each with a bar as long as its group is large."""
    sizes = [int(row[1] or 0) for row in found.rows]
    bars = ["█" * max(1, round(_BAR * size / max(sizes))) for size in sizes]
    header = (model.group, "size", "share", *(f"mean {name}" for name in model.features), "")
    rows = [
        (str(row[0]), f"{size:,}", f"{size / sum(sizes):.1%}", *_means(row[2:]), bar)
        for row, size, bar in zip(found.rows, sizes, bars, strict=True)
    ]
    return as_table(header, rows, right=[*[True] * (len(header) - 1), False])


def _means(cells: Sequence[str | None]) -> list[str]:
    return [f"{float(cell or 0):,.1f}" for cell in cells]
