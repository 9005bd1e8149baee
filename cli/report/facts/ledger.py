"""What became of every row that came in, by the ledger: of all runs, and of the last ones."""

from dataclasses import dataclass
from typing import Any

from cli.athena import ask
from cli.report.facts.flows import flows
from cli.report.facts.lake import table
from cli.report.known import Known

_TABLE = "cleaned.ledger"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Rows of a dataset: in = cleaned + refused + duplicate."""

    dataset: str
    files: int
    rows_in: int
    cleaned: int
    refused: int
    duplicate: int


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """Counts by dataset: `total` over all runs, `last` by the name of a flow's last run."""

    total: tuple[Counts, ...] = ()
    last: tuple[tuple[str, Counts], ...] = ()


def ledger(known: Known) -> Ledger:
    """The ledger's sums; empty before the first run. Lines of no bytes correct what was refused; they are no files."""
    if table(known, _TABLE) is None:
        return Ledger()
    names = [flow.last.name for flow in known.of(flows) if flow.last]
    rows = ask(known.platform, _sums(names)).rows
    found = [(str(run or ""), _counts(*cells)) for run, *cells in rows]
    total: dict[str, Counts] = {}
    for _, each in found:
        total[each.dataset] = _sum(total[each.dataset], each) if each.dataset in total else each
    return Ledger(total=tuple(total.values()), last=tuple(pair for pair in found if pair[0]))


def _sums(runs: list[str]) -> str:
    listed = ", ".join("'" + name.replace("'", "''") + "'" for name in runs) or "''"
    return (
        "select run, dataset, count_if(bytes > 0), sum(rows_in), sum(rows_cleaned), sum(rows_quarantined), sum(rows_duplicate) from ("
        f"select *, case when run_id in ({listed}) then run_id end as run from {_TABLE}) as lines "
        "group by run, dataset order by dataset, run"
    )


def _counts(dataset: Any, *numbers: Any) -> Counts:
    files, rows_in, cleaned, refused, duplicate = (int(number or 0) for number in numbers)
    return Counts(dataset=str(dataset), files=files, rows_in=rows_in, cleaned=cleaned, refused=refused, duplicate=duplicate)


def _sum(one: Counts, other: Counts) -> Counts:
    return Counts(
        dataset=one.dataset,
        files=one.files + other.files,
        rows_in=one.rows_in + other.rows_in,
        cleaned=one.cleaned + other.cleaned,
        refused=one.refused + other.refused,
        duplicate=one.duplicate + other.duplicate,
    )
