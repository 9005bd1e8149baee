"""A flow as a line with stops: the way of a good run, and below it what there is for trouble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from cli.report.facts.flows import Flow
from cli.report.facts.machine import State
from cli.report.html import h
from cli.words import duration

_SIGNS = {"done": "✓", "failed": "✗", "running": "…", "open": ""}
_WORDS = {"done": "done", "failed": "failed", "running": "running", "open": "not reached"}
_REST = "the rest"
_LEAST = 0.08  # of all time: what is shorter has no place of its own in the bar


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
    return h("div", h("p", "Where the time went", class_="note"), _bar(spent, total), class_="shares")


def _bar(spent: Mapping[str, float], total: float) -> Element:
    large = {name: seconds for name, seconds in spent.items() if seconds / total >= _LEAST}
    rest = total - sum(large.values())
    parts = [*large.items(), *([(_REST, rest)] if rest > 0 else [])]
    return h("ol", (_part(name, seconds, total) for name, seconds in parts), class_="parts")


def _part(name: str, seconds: float, total: float) -> Element:
    kind = "rest" if name == _REST else None
    return h("li", h("b", name), " ", h("span", duration(seconds)), class_=kind, style=f"flex-grow:{seconds / total:.4f}")


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
