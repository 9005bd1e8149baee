"""Flows: what each is made of, and how its last run went."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from cli.history import RUNNING
from cli.report.draw.figure import numbers
from cli.report.draw.steps import line, shares
from cli.report.facts import flows as facts
from cli.report.facts.flows import Flow, Run
from cli.report.html import h
from cli.report.known import Known
from cli.report.told import ago, masked, moment
from cli.words import duration

_SIGNS = {"SUCCEEDED": "✓", "FAILED": "✗", "TIMED_OUT": "✗", "ABORTED": "✗"}


def body(known: Known) -> Sequence[Element]:
    """One block for each flow that is deployed."""
    return [block(flow, known=known) for flow in known.of(facts.flows)]


def block(flow: Flow, *, known: Known) -> Element:
    """A flow with its last run, and the runs before it."""
    last = flow.last
    if last is None:
        return h("article", h("h3", flow.name), h("p", "No run yet.", class_="note"), line(flow))
    why = h("p", h("b", "Why: "), masked(flow.reason), class_="reason") if flow.reason else None
    return h(
        "article",
        h("h3", flow.name, " ", badge(last.status)),
        h("p", _told(last, known), class_="note"),
        why,
        line(flow),
        shares(flow),
        _before(flow),
    )


def badge(status: str) -> Element:
    """How a run ended, as a sign and a word."""
    kind = "good" if status == "SUCCEEDED" else "going" if status in RUNNING else "bad"
    return h("span", h("i", _SIGNS.get(status, "…"), aria_hidden="true"), f" {word(status)}", class_=f"badge {kind}")


def word(status: str) -> str:
    """A status for people: timed out, running."""
    return status.lower().replace("_", " ")


def _told(run: Run, known: Known) -> str:
    took = f", took {duration(run.seconds)}" if run.seconds is not None else ""
    return f"Last run {ago(run.started, now=known.now)}, {moment(run.started)}{took}. {run.name}"


def _before(flow: Flow) -> Element | None:
    if len(flow.runs) < 2:
        return None
    rows = [(moment(run.started), word(run.status), "" if run.seconds is None else duration(run.seconds), run.name) for run in flow.runs]
    title = f"The last {len(flow.runs)} runs"
    return numbers(("started", "state", "took", "run"), rows, caption=f"{title} of {flow.name}", title=title)
