"""`mill cost`: a month in which nothing runs, and one run."""

from collections.abc import Sequence
from typing import Annotated

import typer

from cli import screen
from cli.athena import Answer, Column
from cli.clients import At
from cli.cost.idle import Idle, idle
from cli.cost.plan import Plan, plans
from cli.cost.prices import prices
from cli.cost.runs import used
from cli.cost.templates import synthesized
from cli.cost.usage import NOT_COUNTED
from cli.formats import Format, as_csv, as_json, as_table
from cli.options import Env, Environment, HomeAt
from cli.platform import Platform, open_platform, options

_RUN = "What this run cost; its name stands in mill status. Without it: the month in which nothing runs."
Row = tuple[str, ...]


def cost(
    env: Env = Environment.DEV,
    home: HomeAt = At.LOCAL,
    run: Annotated[str, typer.Option("--run", metavar="NAME", help=_RUN)] = "",
    form: Annotated[Format, typer.Option("--format", help="A table, CSV or JSON.")] = Format.TABLE,
) -> None:
    """Compute what the platform costs on AWS.

    From the templates and a dated table of prices, without asking AWS. A run at home is priced as if AWS had taken as long.

    Example: [bold]mill cost[/]   [bold]mill cost --env prod --format csv[/]   [bold]mill cost --run calls-20261121T093000Z --home aws[/]
    """
    if run:
        _one_run(open_platform(env=env, at=home), run, form=form)
        return
    with screen.spinning(" making the templates", console=screen.err):
        templates = synthesized(env)
    month, flows = idle(templates), plans(templates)
    _put(("stage", "what", "units", "usd"), rows=month_rows(month), form=form, numbers=("units", "usd"))
    if form is Format.TABLE:
        _say(flows, env=env)
    warn(month)


def month_rows(month: Idle) -> list[Row]:
    """A line for each price in each stage (one without a price for a stage that costs nothing), and the sum."""
    rows: list[Row] = []
    for stage in month.stages:
        parts = [(stage.stage, each.price.dimension, f"{each.units:g}", _month(each.usd)) for each in stage.parts]
        rows += parts or [(stage.stage, "nothing while nothing runs", "0", _month(0))]
    return [*rows, ("all", "a month in which nothing runs", "", _month(month.usd))]


def warn(month: Idle) -> None:
    """Says aloud which resources the sum leaves out."""
    for name, many in month.unpriced.items():
        told = f"mill: not priced: {many} of {name}. The sum is too small; add a rule to cli/cost/rules.py"
        screen.err.print(told, style="red", soft_wrap=True)


def _say(flows: Sequence[Plan], *, env: str) -> None:
    table = prices()
    lines = [(each.flow, _usd(each.least.usd), _usd(each.minute), "?" if each.month is None else _month(each.month)) for each in flows]
    screen.out.print(as_table(("run of", "at least", "each further minute", "by the clock, a month"), lines, right=[False, *[True] * 3]))
    unsure = sorted({each.dimension for each in table.by_name.values() if not each.sure})
    screen.out.print(f"USD in {table.region}, prices read on {table.read} (cli/cost/prices.toml). {NOT_COUNTED}", soft_wrap=True)
    screen.out.print(f"Read elsewhere than on AWS's own pages, so check: {', '.join(unsure)}.", soft_wrap=True)
    screen.out.print("The key costs 1.00 more after each of its first two yearly rotations.", soft_wrap=True)
    screen.out.print(f"One run: mill cost --run NAME{'' if env == Environment.DEV else f' --env {env}'}", soft_wrap=True)


def _one_run(platform: Platform, run: str, *, form: Format) -> None:
    with screen.spinning(" looking at the run", console=screen.err):
        use = used(platform, run)
    rows = [*((what, much, _usd(usd)) for what, much, usd in use.lines), ("all", "", _usd(use.usd))]
    _put(("what", "used", "usd"), rows=rows, form=form, numbers=("usd",))
    if form is Format.TABLE:
        here = "Seconds are this machine's; AWS takes others. " if platform.at is At.LOCAL else ""
        screen.out.print(f"{here}{NOT_COUNTED} A month: mill cost{options(platform)}", soft_wrap=True)


def _month(usd: float) -> str:
    return f"{usd:.2f}"


def _usd(usd: float) -> str:
    return f"{usd:.4f}"


def _put(heads: tuple[str, ...], *, rows: Sequence[Row], form: Format, numbers: tuple[str, ...]) -> None:
    if form is Format.TABLE:
        screen.out.print(as_table(heads, rows, right=[each in numbers for each in heads]))
        return
    columns = tuple(Column(name=each, type="double" if each in numbers else "varchar") for each in heads)
    cells = tuple(tuple(cell if cell else None for cell in row) for row in rows)
    answer = Answer(columns=columns, rows=cells, seconds=0, bytes_scanned=0)
    typer.echo(as_csv(answer) if form is Format.CSV else as_json(answer), nl=False)
