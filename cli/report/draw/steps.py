"""A flow as a line with stops: the way of a good run, and below it what there is for trouble."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from cli.report.facts.flows import Flow
from cli.report.facts.machine import State
from cli.report.html import Child, h
from cli.words import duration

_SIGNS = {"done": "✓", "failed": "✗", "running": "…", "open": ""}
_WORDS = {"done": "done", "failed": "failed", "running": "running", "open": "not reached"}
_LEAST = 0.08  # of all time: what is shorter has no name in the bar
_LITTLE = 0.3  # what is shorter has none on a phone


@dataclass(frozen=True, kw_only=True)
class Stop:
    """A state of the line, how it went in the last run, and for how long."""

    state: State
    how: str
    seconds: float | None = None


def stops(flow: Flow, states: Sequence[State]) -> list[Stop]:
    """How each of the states went."""
    steps = {step.name: step for step in flow.steps}
    ended = flow.last is not None and flow.last.ended is not None
    found = []
    for state in states:
        step = steps.get(state.name)
        how = "open" if state.name not in flow.entered else "done"
        if step is not None:
            how = "failed" if step.failed else "done" if step.left or ended else "running"
        found.append(Stop(state=state, how=how, seconds=step.seconds if step else None))
    return found


def line(flow: Flow) -> Element:
    """The line; states of the other way are shown beside each other, marked where the last run took them."""
    usual, other = stops(flow, flow.paths.usual), stops(flow, flow.paths.otherwise)
    return h(
        "div",
        h("ol", map(_stop, usual), class_="line"),
        h("p", "On failure: ", _joined(other), class_=f"otherwise {'taken' if any(each.how != 'open' for each in other) else ''}")
        if other
        else None,
        class_="flow",
    )


def shares(flow: Flow) -> Element | None:
    """Where the time went: one bar, divided by steps. Nothing where no time was spent."""
    spent = {step.name: step.seconds for step in flow.steps if step.left}
    total = sum(spent.values())
    if not total:
        return None
    large = {name: seconds for name, seconds in spent.items() if seconds / total >= _LEAST}
    rest = total - sum(large.values())
    told = f"Where the time went; all else took {duration(rest)}" if rest else "Where the time went"
    parts = [_part(seconds / total, h("b", name), " ", h("span", duration(seconds))) for name, seconds in large.items()]
    return h("div", h("p", told, class_="note"), h("ol", parts, _part(rest / total) if rest else None, class_="parts"), class_="shares")


def _part(share: float, *label: Child) -> Element:
    return h(
        "li", *label, class_="little" if share < _LITTLE else None, style=f"flex-grow:{share:.4f}", aria_hidden=None if label else "true"
    )


def _stop(stop: Stop) -> Element:
    sign = h("i", _SIGNS[stop.how], aria_hidden="true")
    told = duration(stop.seconds) if stop.seconds is not None else "" if stop.how == "done" else _WORDS[stop.how]
    if stop.how in ("failed", "running") and stop.seconds is not None:
        told = f"{_WORDS[stop.how]}, {told}"
    kind = f"{stop.how} {'question' if stop.state.type == 'Choice' else ''}".strip()
    spoken = h("span", f"{_WORDS[stop.how]}. ", class_="unseen") if stop.how == "done" else None
    return h(
        "li",
        sign,
        h("b", stop.state.name),
        h("small", stop.state.does) if stop.state.does else None,
        h("span", spoken, told, class_="time"),
        class_=kind,
    )


def _joined(others: Sequence[Stop]) -> list[Element | str]:
    shown: list[Element | str] = []
    for at, each in enumerate(others):
        shown += [" → "] if at else []
        shown.append(h("b", each.state.name) if each.how != "open" else h("span", each.state.name))
    return [*shown, " (taken)" if any(each.how != "open" for each in others) else " (not taken)"]
