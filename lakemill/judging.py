"""Which of the good rows are new: verdicts, and Spark's own count of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lakemill import cleaning, ledger, moments, rules
from lakemill.load import Load


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Rows by (source file, verdict), refused ones by (source file, reason), warned ones by rule."""

    verdicts: Mapping[tuple[str, str], int]
    refused: Mapping[tuple[str, str], int]
    warned: Mapping[str, int] = field(default_factory=dict)


def judged(rows: Any, *, job: Load) -> Any:
    """The rows with a verdict: quarantined, duplicate of a record, or cleaned. Of equal rows the first in (source_file, line) wins."""
    good = rows.where("reason is null")
    keys = good.groupBy("record_id").count()
    known = keys.join(stored(good, job=job), "record_id", "left").where("count > 1 or stored").persist()
    if not known.count():
        return rows.selectExpr("*", "if(reason is null, 'cleaned', 'quarantined') as verdict")
    marked = job.spark.sql(
        "select known.record_id, first, true as known from {known} as known left join ("
        "select again.record_id, min(struct(source_file, row_order)) as first from {good} as again "
        "join {known} as many on again.record_id = many.record_id and many.stored is null group by again.record_id"
        ") as firsts on known.record_id = firsts.record_id",
        known=known,
        good=good,
    ).persist()
    return rows.join(marked, "record_id", "left").selectExpr("*", f"{cleaning.VERDICT} as verdict")


def stored(good: Any, *, job: Load) -> Any:
    """record_id of records already in the table, in the months of the new ones."""
    records = job.spark.table(job.cleaned)
    months = job.dataset.months_of
    if months and holds_data(job, table=job.cleaned):
        found = good.selectExpr(f"collect_set(substr(cast({months} as string), 1, 7)) as months").head()
        records = records.where(moments.within(months, months=found.months if found else []))
    return records.selectExpr("record_id", "true as stored")


def holds_data(job: Load, *, table: str) -> bool:
    """Whether anything was ever committed to the table."""
    return not job.spark.sql(f"select 1 from {table}.snapshots limit 1").isEmpty()


def tally(rows: Any) -> Tally:
    """Spark's own count of the judged rows."""
    verdicts: Counter[tuple[str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    warned: Counter[str] = Counter()
    for row in rows.groupBy("source_file", "verdict", "reason", "warnings").count().collect():
        verdicts[row.source_file, row.verdict] += row["count"]
        if row.reason:
            refused[row.source_file, row.reason] += row["count"]
        for name in row.warnings.split(",") if row.warnings else []:
            warned[name] += row["count"]
        if row.warnings:
            verdicts[row.source_file, ledger.WARNED] += row["count"]
    return Tally(verdicts=verdicts, refused=refused, warned=warned)


def halt_if_broken(refused: Any, *, counts: Tally, job: Load) -> None:
    """Raises if a row breaks a halting rule, with the first such row's place. `refused` has source_file, line and reason."""
    for reason, rule in rules.halting(job.dataset).items():
        if many := sum(count for (_, each), count in counts.refused.items() if each == reason):
            first = refused.where(f"reason = '{reason}'").orderBy("source_file", "line").head()
            raise rules.halt(rule, dataset=job.dataset, rows=many, example=f"{first.source_file}:{first.line}")


def tell_warnings(job: Load, *, counts: Tally) -> None:
    """Says how many of the kept rows break each warning rule."""
    for name, many in sorted(counts.warned.items()):
        job.tell(f"{many:,} row{'s' * (many != 1)} kept against the rule {name}")


def compared(counts: Tally, *, found: Sequence[Any]) -> list[str]:
    """Files whose refused rows the slow read finds otherwise than the fast one counted; `found` is (source_file, reason, count)."""
    slow = {(row.source_file, row.reason): row["count"] for row in found}
    return sorted({file for file, _ in {**slow, **counts.refused} if _of(slow, file) != _of(counts.refused, file)})


def _of(counted: Mapping[tuple[str, str], int], file: str) -> dict[str, int]:
    return {reason: count for (each, reason), count in counted.items() if each == file}
