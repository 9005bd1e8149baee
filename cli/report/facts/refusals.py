"""Why rows were refused, counted. Of the rows themselves nothing is asked, so nothing of them can be shown."""

from dataclasses import dataclass

from cli.athena import ask
from cli.quarantine import refused_rows
from cli.report.facts.lake import Table, tables
from cli.report.known import Known

_ZONE = "quarantine"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A reason, with the rows and files of a dataset that it refused."""

    dataset: str
    reason: str
    rows: int
    files: int


def refusals(known: Known) -> tuple[Refusal, ...]:
    """All reasons, the most frequent first. Tables without rows are not asked."""
    held = [each for each in known.of(tables) if each.zone == _ZONE and each.rows != 0 and "reason" in each.columns]
    if not held:
        return ()
    rows = ask(known.platform, " union all ".join(map(_counted, held))).rows
    found = [Refusal(dataset=str(d), reason=str(r or ""), rows=int(n or 0), files=int(f or 0)) for d, r, n, f in rows]
    return tuple(sorted(found, key=lambda each: (each.dataset, -each.rows, each.reason)))


def _counted(table: Table) -> str:
    rows = refused_rows(table.columns)
    return f"select '{table.name}', reason, {rows}, count(distinct source_file) from {_ZONE}.\"{table.name}\" group by reason"
