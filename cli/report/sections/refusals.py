"""Refused rows by reason. A reason may quote a file's header, so long numbers in it are left out."""

from collections.abc import Sequence
from itertools import groupby
from xml.etree.ElementTree import Element

from cli.platform import options
from cli.report.draw.bars import Bar, lying
from cli.report.draw.figure import figure
from cli.report.facts.refusals import Refusal
from cli.report.facts.refusals import refusals as asked
from cli.report.html import h
from cli.report.known import Known
from cli.report.told import masked, number, times
from lakemill.datasets import declared
from lakemill.rules import REASON

_MOST = 12
_FAMILIES = {
    "missing": "a value that must be there is missing",
    "missing_column": "a column that must be there is missing from the file",
    "not_a_number": "is no number",
    "not_a_timestamp": "is no date and time of the declared format",
    "not_a_date": "is no date of the declared format",
    "unknown_column": "the file has a column that nobody declared",
    "unreadable_file": "the file could not be read",
}


def body(known: Known) -> Sequence[Element]:
    """Reasons by dataset; a word of relief where there are none but rows came in."""
    found = known.of(asked)
    drawn = [picture(name, reasons=list(reasons)) for name, reasons in groupby(found, key=lambda each: each.dataset)]
    if not drawn:
        return [h("p", "No row is in quarantine.", class_="note")]
    advice = (
        f"The rows themselves may hold personal data, so they are not here. See them: mill quarantine show DATASET{options(known.platform)}"
    )
    return [h("div", drawn, class_="pictures"), h("p", advice, class_="note after")]


def picture(dataset: str, *, reasons: Sequence[Refusal]) -> Element:
    """The reasons of a dataset as bars."""
    bars = [
        Bar(label=masked(each.reason) or "no reason", value=each.rows, shown=number(each.rows), kind="bad", detail=_detail(each))
        for each in reasons[:_MOST]
    ]
    total = sum(each.rows for each in reasons)
    rest = len(reasons) - len(bars)
    note = f"{times(total, 'row')} for {times(len(reasons), 'reason')}" + (f"; {rest} more are not shown" if rest else "")
    return figure(dataset, lying(bars, whole=total), note=note)


def _detail(refusal: Refusal) -> str:
    told = _explained(refusal)
    return f"{told}; in {times(refusal.files, 'file')}" if told else f"in {times(refusal.files, 'file')}"


def _explained(refusal: Refusal) -> str:
    family, _, name = refusal.reason.partition(":")
    if family == REASON.rstrip(":") and refusal.dataset in declared():
        return next((rule.check for rule in declared()[refusal.dataset].rules if rule.name == name), "")
    return _FAMILIES.get(family, "")
