"""What the platform costs on AWS, by its deployed templates and the last run of each flow."""

from dataclasses import dataclass

from cli.cost import Idle, deployed, idle
from cli.cost.runs import used
from cli.cost.usage import Use
from cli.report.facts.flows import flows
from cli.report.known import Known


@dataclass(frozen=True, kw_only=True)
class Costs:
    """A month in which nothing runs, and what the last run of each flow used, by the flow's name."""

    month: Idle
    runs: tuple[tuple[str, Use], ...] = ()


def costs(known: Known) -> Costs:
    """The costs as prices were when they were last read."""
    last = [(flow.name, flow.last.name) for flow in known.of(flows) if flow.last]
    month = idle(deployed(known.platform))
    # A run that was named by hand, on AWS's own pages, may not say its flow: nobody can price it by its name.
    return Costs(month=month, runs=tuple((flow, used(known.platform, run)) for flow, run in last if run.startswith(f"{flow}-")))
