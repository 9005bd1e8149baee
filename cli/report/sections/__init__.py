"""The sections of a report, in the order in which they stand on the page.

A section is a heading and a function: what is known → what stands under the heading. It asks through `Known.of`, so that sections
share answers, and returns elements of `cli.report.html.h`, so that nothing it shows can become markup. Without elements it is
left out of the page. All run at the same time. A new section is one line here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from cli.report.known import Known
from cli.report.sections import charts, cost, counts, flows, lake, refusals


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page. `id` is its address on the page."""

    id: str
    title: str
    body: Callable[[Known], Sequence[Element]]


SECTIONS = (
    Section(id="flows", title="Flows", body=flows.body),
    Section(id="rows", title="What became of the rows", body=counts.body),
    Section(id="charts", title="What the data says", body=charts.body),
    Section(id="refused", title="Refused rows", body=refusals.body),
    Section(id="tables", title="Tables", body=lake.body),
    Section(id="cost", title="What it costs on AWS", body=cost.body),
)
