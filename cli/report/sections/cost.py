"""What the platform costs on AWS: a month in which nothing runs, by stage, and the last run of each flow."""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from cli.clients import At
from cli.cost.idle import Idle, StageCost
from cli.cost.prices import prices
from cli.cost.usage import NOT_COUNTED, Use
from cli.platform import options
from cli.report.draw.bars import Bar, lying
from cli.report.draw.figure import figure
from cli.report.facts.costs import costs
from cli.report.html import h
from cli.report.known import Known

_PHYSICAL = re.compile(r"\S+-([A-Za-z]+?)(?:Job)?[0-9A-F]{8}-\w+$")


def body(known: Known) -> Sequence[Element]:
    """The month, the runs, and how it was computed."""
    found, read = known.of(costs), prices()
    here = " Seconds are this machine's; AWS takes others." if known.platform.at is At.LOCAL else ""
    when = f"{read.read.day} {read.read:%B %Y}"
    told = f"Computed, not billed; prices of {read.region}, read on {when}.{here} {NOT_COUNTED} More: mill cost{options(known.platform)}"
    pictures = [month(found.month), *(run(flow, use) for flow, use in found.runs)]
    return [h("div", pictures, class_="pictures"), h("p", told, class_="note after")]


def month(idle: Idle) -> Element:
    """The stages that cost something while nothing runs, the dearest first."""
    dear = sorted((stage for stage in idle.stages if stage.usd), key=lambda stage: -stage.usd)
    bars = [Bar(label=stage.stage, value=stage.usd, shown=usd(stage.usd), detail=_parts(stage)) for stage in dear]
    free = [stage.stage for stage in idle.stages if not stage.usd]
    note = f"{usd(idle.usd)} in all" + (f"; nothing for {', '.join(free)}" if free else "")
    unpriced = h("p", f"Not priced: {', '.join(idle.unpriced)}. The sum is too small.", class_="reason") if idle.unpriced else None
    return figure("A month in which nothing runs", lying(bars), unpriced, note=note)


def run(flow: str, use: Use) -> Element:
    """What the last run of a flow used, and what that costs."""
    bars = [Bar(label=_short(what), value=cost, shown=usd(cost), detail=much) for what, much, cost in use.lines]
    return figure(f"The last run of {flow}", lying(bars), note=f"{usd(use.usd)} in all")


def usd(value: float) -> str:
    """USD, to the cent where there are cents and finer below."""
    return f"{value:.2f} USD" if value >= 0.1 or not value else f"{value:.4f} USD" if value >= 0.0001 else "under 0.0001 USD"


def _parts(stage: StageCost) -> str:
    return ", ".join(f"{part.units:g} × {part.price.dimension}" for part in stage.parts if part.usd)


def _short(name: str) -> str:
    """`Glue lakemill-dev-process-CleanJob0A1B2C3D-4E5F` is Glue Clean."""
    return _PHYSICAL.sub(r"\1", name)
