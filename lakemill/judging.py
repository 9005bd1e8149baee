"""Which of the good rows are new: verdicts, and Spark's own count of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lakemill import cleaning, ledger, moments, rules
from lakemill.load import Load

# Equal records have equal hashes: comparing all rows by eight bytes finds the few that are worth comparing by their ids.
SUSPECTS = """
    select hash from (
      select xxhash64(record_id) as hash, 1 as fresh, false as held from {good}
      union all select xxhash64(record_id), 0, true from {held}
    ) group by hash having sum(fresh) > 1 or (sum(fresh) = 1 and max(held))"""
KNOWN = """
    select fresh.record_id, if(old.record_id is null, first, null) as first, true as known
    from (
      select record_id, min(struct(source_file, row_order)) as first, count(*) as many
      from {good} left semi join {suspects} as suspects on xxhash64(record_id) = suspects.hash group by record_id
    ) as fresh left join (
      select distinct record_id from {held} left semi join {suspects} as suspects on xxhash64(record_id) = suspects.hash
    ) as old on fresh.record_id = old.record_id
    where many > 1 or old.record_id is not null"""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Rows by (source file, verdict), refused ones by (source file, reason), warned ones by rule."""

    verdicts: Mapping[tuple[str, str], int]
    refused: Mapping[tuple[str, str], int]
    warned: Mapping[str, int] = field(default_factory=dict)


def judged(rows: Any, *, job: Load) -> Any:
    """The rows with a verdict: quarantined, duplicate of a record, or cleaned. Of equal rows the first in (source_file, line) wins."""
    good = rows.where("reason is null")
    held = stored(good, job=job)
    suspects = job.spark.sql(SUSPECTS, good=good, held=held).persist()
    if not suspects.count():
        return rows.selectExpr("*", "if(reason is null, 'cleaned', 'quarantined') as verdict")
    known = job.spark.sql(KNOWN, good=good, held=held, suspects=suspects).persist()
    known.count()  # once counted, Spark knows how few they are, and sends them to the rows instead of sorting all rows
    return rows.join(known, "record_id", "left").selectExpr("*", f"{cleaning.VERDICT} as verdict")


def stored(good: Any, *, job: Load) -> Any:
    """record_id of records already in the table, in the months of the new ones."""
    records = job.spark.table(job.cleaned)
    months = job.dataset.months_of
    if months and holds_data(job, table=job.cleaned):
        found = good.selectExpr(f"collect_set(trunc({months}, 'MM')) as months").head()
        records = records.where(moments.within(months, months=[f"{each:%Y-%m}" for each in found.months] if found else []))
    return records.select("record_id")


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
