"""The dated table of prices."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

FILE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, kw_only=True)
class Price:
    """USD for one unit. `free` units a month cost nothing; less than the minimum costs as much as the minimum."""

    name: str
    service: str
    dimension: str
    unit: str
    usd: float
    source: str
    sure: bool
    free: int = 0
    minimum_seconds: int = 0
    minimum_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Prices:
    """All prices by name, of one region, as read on one day."""

    region: str
    read: date
    by_name: Mapping[str, Price]

    def __getitem__(self, name: str) -> Price:
        return self.by_name[name]


@cache
def prices() -> Prices:
    """The table in prices.toml."""
    content = tomllib.loads(FILE.read_text())
    region, read = content.pop("region"), content.pop("read")
    return Prices(region=region, read=read, by_name=MappingProxyType({name: Price(name=name, **each) for name, each in content.items()}))
