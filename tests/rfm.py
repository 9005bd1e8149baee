"""Recency, frequency and monetary value in plain Python, by the rules of the origin: what the SQL must find."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

NAMES = {
    "11": "Hibernating", "12": "Hibernating", "21": "Hibernating", "22": "Hibernating", "13": "At Risk", "14": "At Risk", "23": "At Risk",
    "24": "At Risk", "15": "Can't Lose", "25": "Can't Lose", "31": "About to Sleep", "32": "About to Sleep", "33": "Need Attention",
    "34": "Loyal Customers", "35": "Loyal Customers", "44": "Loyal Customers", "45": "Loyal Customers", "41": "Promising",
    "51": "New Customers", "42": "Potential Loyalists", "43": "Potential Loyalists", "52": "Potential Loyalists",
    "53": "Potential Loyalists", "54": "Champions", "55": "Champions",
}  # fmt: skip


@dataclass(frozen=True)
class Customer:
    """What is known of one customer."""

    recency: int
    frequency: int
    monetary: Decimal
    scores: str
    name: str


def customers(lines: Iterable[Sequence[Any]]) -> dict[str, Customer]:
    """Customers by number, from the values of invoice lines; cancelled, corrected, returned and free ones do not count."""
    sold = [line for line in lines if line[6] and line[0][0] not in "CA" and line[3] > 0 and line[5] > 0]
    today = max(line[4] for line in sold).date() + timedelta(days=1)
    last: dict[str, date] = {}
    invoices: dict[str, set[str]] = {}
    spent: dict[str, Decimal] = {}
    for line in sold:
        who = line[6]
        last[who] = max(last.get(who, date.min), line[4].date())
        invoices.setdefault(who, set()).add(line[0])
        spent[who] = spent.get(who, Decimal(0)) + line[3] * line[5]
    recency = {who: (today - day).days for who, day in last.items()}
    order = {who: place for place, who in enumerate(sorted(last, key=lambda who: (len(invoices[who]), who)), 1)}
    recent, frequent, rich = (quintiles(values) for values in (recency, order, {who: int(sum_) for who, sum_ in spent.items()}))
    found = {}
    for who in last:
        scores = f"{6 - recent[who]}{frequent[who]}{rich[who]}"
        found[who] = Customer(recency[who], len(invoices[who]), spent[who], scores, NAMES[scores[:2]])
    return found


def quintiles(values: dict[str, int]) -> dict[str, int]:
    """1 to 5 by the fifths of the values, their edges interpolated; a value on an edge belongs below."""
    ordered = sorted(values.values())
    edges = [edge(ordered, Decimal(place) / 5) for place in range(1, 5)]
    return {who: 1 + sum(each < value for each in edges) for who, value in values.items()}


def edge(ordered: Sequence[int], share: Decimal) -> Decimal:
    """The value at a share of the way, between its neighbours."""
    place = share * (len(ordered) - 1)
    low = int(place)
    return ordered[low] + (place - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])
