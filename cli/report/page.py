"""The page around the sections: head, headline, what matters at a glance, contents, and how it was made."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from cli.clients import At
from cli.history import RUNNING
from cli.platform import Platform, options
from cli.report import html
from cli.report.facts.flows import Flow
from cli.report.facts.lake import Table
from cli.report.facts.ledger import Ledger
from cli.report.html import h
from cli.report.known import Known
from cli.report.told import ago, moment, number, share, times
from cli.words import duration, size

STYLE = Path(__file__).with_name("page.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A finished section."""

    id: str
    title: str
    body: Sequence[Element]


def document(known: Known, *, headline: str, facts: Iterable[tuple[str, str, str]], parts: Sequence[Part]) -> str:
    """The whole page as text."""
    platform = known.platform
    header = h(
        "header",
        h("p", f"Lakemill · {platform.env} · {place(platform)}", class_="where"),
        h("h1", headline),
        h("dl", (h("div", h("dt", name), h("dd", h("b", value), h("small", detail))) for name, value, detail in facts), class_="facts"),
        h("nav", h("ul", (h("li", h("a", part.title, href=f"#{part.id}")) for part in parts)), aria_label="Contents") if parts else None,
    )
    sections = (
        h("section", h("h2", part.title, id=f"{part.id}-title"), part.body, id=part.id, aria_labelledby=f"{part.id}-title")
        for part in parts
    )
    made = (
        f"Made on {moment(known.now)} by mill report{options(platform)}. It shows counts and names of tables, no rows and no personal data."
    )
    body = h("body", header, h("main", sections), h("footer", h("p", made)))
    return html.page(h("html", _head(f"Lakemill {platform.env}: {headline}"), body, lang="en"), style=STYLE.read_text(encoding="utf-8"))


def place(platform: Platform) -> str:
    """Where the platform runs."""
    return "local home" if platform.at is At.LOCAL else f"AWS {platform.client.region}"


def missing(platform: Platform) -> str:
    """What to say of a platform that is not all there; empty if it is."""
    there = [stage for stage in platform.stages if platform.deployed(stage)]
    if len(there) == len(platform.stages):
        return ""
    return "Nothing is deployed yet." if not there else f"Only {', '.join(there)} {'is' if len(there) == 1 else 'are'} deployed."


def headline(flows: Sequence[Flow]) -> str:
    """How things stand, in one sentence."""
    last = {flow.name: flow.last.status for flow in flows if flow.last}
    if not last:
        return "No flow has run yet."
    bad = [name for name, status in last.items() if status != "SUCCEEDED" and status not in RUNNING]
    going = [name for name, status in last.items() if status in RUNNING]
    if bad:
        return f"The last {_runs(bad)} did not succeed."
    if going:
        return f"{_listed(going)} {'is' if len(going) == 1 else 'are'} running."
    return f"The last {_runs(list(last))} succeeded."


def glance(known: Known, *, flows: Sequence[Flow], ledger: Ledger, tables: Sequence[Table]) -> list[tuple[str, str, str]]:
    """A few numbers with their names and details; only those there is something to say of."""
    shown = []
    newest = max((flow.last for flow in flows if flow.last), key=lambda run: run.started, default=None)
    if newest:
        shown.append(
            (
                "last run",
                ago(newest.started, now=known.now),
                f"took {duration(newest.seconds)}" if newest.seconds is not None else "still runs",
            )
        )
    rows_in, refused = (sum(getattr(each, name) for each in ledger.total) for name in ("rows_in", "refused"))
    if rows_in:
        shown.append(("rows in", number(rows_in), f"from {times(sum(each.files for each in ledger.total), 'file')}"))
        shown.append(("refused", share(refused, rows_in), times(refused, "row")))
    if tables:
        shown.append(("stored", size(sum(each.bytes or 0 for each in tables)), f"in {times(len(tables), 'table')}"))
    return shown


def _head(title: str) -> Element:
    return h(
        "head",
        h("meta", charset="utf-8"),
        h("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        h("meta", name="viewport", content="width=device-width, initial-scale=1"),
        h("meta", name="color-scheme", content="light dark"),
        h("meta", name="referrer", content="no-referrer"),
        h("meta", name="robots", content="noindex"),
        h("link", rel="icon", href="data:,"),
        h("title", title),
    )


def _runs(flows: Sequence[str]) -> str:
    return f"run{'' if len(flows) == 1 else 's'} of {_listed(flows)}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
