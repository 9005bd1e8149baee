"""From a platform to a page: all sections at once, and one that fails says so in its place."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from cli.problem import explained
from cli.report.facts.flows import Flow, flows
from cli.report.facts.lake import tables
from cli.report.facts.ledger import Ledger, ledger
from cli.report.html import h
from cli.report.known import Known
from cli.report.page import Part, document, glance, headline, missing
from cli.report.sections import SECTIONS, Section
from cli.report.told import masked

T = TypeVar("T")


def made(known: Known, *, sections: Sequence[Section] = SECTIONS) -> str:
    """The report of a platform as an HTML document."""
    if lacking := missing(known.platform):
        advice = Part(id="deploy", title="What to do", body=[h("p", known.platform.how_to_deploy, class_="command")])
        return document(known, headline=lacking, facts=(), parts=[advice])
    with ThreadPoolExecutor(len(sections)) as pool:
        parts = [part for part in pool.map(lambda each: _part(each, known), sections) if part.body]
    ran: tuple[Flow, ...] = _or(lambda: known.of(flows), ())
    facts = glance(known, flows=ran, ledger=_or(lambda: known.of(ledger), Ledger()), tables=_or(lambda: known.of(tables), ()))
    return document(known, headline=headline(ran), facts=facts, parts=parts)


def _part(section: Section, known: Known) -> Part:
    try:
        body = section.body(known)
    except Exception as error:
        problem = explained(error)
        if problem is None:
            raise
        body = [h("p", h("b", "This part could not be made: "), masked(str(problem)), class_="reason")]
    return Part(id=section.id, title=section.title, body=body)


def _or(ask: Callable[[], T], otherwise: T) -> T:
    """The answer; something else where its section has told already why there is none."""
    try:
        return ask()
    except Exception as error:
        if explained(error) is None:
            raise
        return otherwise
