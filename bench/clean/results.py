"""One line of the table per number, with its limit and whether it holds."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Number:
    """A measured number. Without a limit it is only stated; `told` is how it is written."""

    what: str
    value: float
    limit: float | None = None
    told: str = ""

    @property
    def holds(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        holds = "stated" if self.limit is None else "yes" if self.holds else "**no**"
        limit = "–" if self.limit is None else f"{self.limit:,g}"
        return f"| {self.what} | {self.told or f'{self.value:,.2f}'} | {limit} | {holds} |"


def table(numbers: Iterable[Number]) -> str:
    """The numbers as a Markdown table."""
    return "\n".join(["| what | measured | limit | holds |", "|---|---|---|---|", *map(str, numbers)])
