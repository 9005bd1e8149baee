"""The month in which nothing runs, stage by stage, from templates."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.cost.prices import Price, prices
from cli.cost.rules import RULES, Free
from cli.cost.standing import standing

Templates = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Part:
    """Units of one price in a stage, and what they cost. Of the free units each stage gets what those before it left."""

    price: Price
    units: float
    usd: float


@dataclass(frozen=True, kw_only=True)
class StageCost:
    """A stage's month in USD and what it is made of."""

    stage: str
    usd: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class Idle:
    """An environment's month: its stages in order, and how many resources of which types nobody has priced."""

    stages: tuple[StageCost, ...]
    unpriced: Mapping[str, int]

    @property
    def usd(self) -> float:
        """The sum of all stages."""
        return sum(each.usd for each in self.stages)


def idle(templates: Templates) -> Idle:
    """The monthly cost of templates by stage while nothing runs and nothing is stored; what a first run leaves standing stands."""
    spent: Counter[str] = Counter()
    stages = [_stage(stage, template, spent=spent) for stage, template in templates.items()]
    types = Counter(body["Type"] for template in templates.values() for body in template.get("Resources", {}).values())
    return Idle(stages=tuple(stages), unpriced={name: many for name, many in sorted(types.items()) if name not in RULES})


def _stage(stage: str, template: Mapping[str, Any], *, spent: Counter[str]) -> StageCost:
    units: Counter[str] = Counter()
    for body in template.get("Resources", {}).values():
        rule = RULES.get(body["Type"])
        if rule is not None and not isinstance(rule, Free):
            name, many = rule.units(body.get("Properties", {}))
            units[name] += many  # type: ignore[assignment]
    for name, many in standing(template):
        units[name] += many  # type: ignore[assignment]
    parts = []
    for name, many in units.items():
        price = prices()[name]
        paid = max(0, spent[name] + many - max(price.free, spent[name]))
        spent[name] += many
        parts.append(Part(price=price, units=many, usd=paid * price.usd))
    return StageCost(stage=stage, usd=sum(each.usd for each in parts), parts=tuple(parts))
