"""Which of the good rows are new: verdicts, and Spark's own count of them."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lakemill import cleaning, ledger, moments, rules
from lakemill.load import Load

# Equal records have equal hashes: comparing all rows by eight bytes finds the few that are worth comparing by their ids.
HASHES = "select xxhash64(record_id) as hash, count(*) as many from {good} group by hash"
HELD = "select distinct xxhash64(record_id) as hash from {held} left semi join {hashes} as fresh on xxhash64(record_id) = fresh.hash"
SUSPECTS = "select hash from {hashes} where many > 1 union select hash from {again}"
KNOWN = """
    select fresh.record_id, if(old.record_id is null, first, null) as first, true as known
    from (
      select record_id, min(struct(source_file, row_order)) as first, count(*) as many
      from {good} left semi join {suspects} as suspects on xxhash64(record_id) = suspects.hash group by record_id
    ) as fresh left join (
      select distinct record_id from {held} left semi join {suspects} as suspects on xxhash64(record_id) = suspects.hash
    ) as old on fresh.record_id = old.record_id
    where many > 1 or old.record_id is not null"""


SPREAD = """
    select substr(cast(month as string), 1, 7) as month, part from (
      select distinct month, part from (select trunc({moment}, 'MM') as month, spark_partition_id() as part from {{good}})
    )"""
FEW = 100_000
SENT = 2_000_000  # hashes of 16 bytes that go to the records of the table; of more both are sorted
FILES_PER_MONTH = 2


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Rows with their verdicts. `by_month` says that writing each where it is makes few files: no need to sort all by month first."""

    rows: Any
    by_month: bool


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Rows by (source file, verdict), refused ones by (source file, reason), warned ones by rule."""

    verdicts: Mapping[tuple[str, str], int]
    refused: Mapping[tuple[str, str], int]
    warned: Mapping[str, int] = field(default_factory=dict)


def judged(rows: Any, *, job: Load) -> Judged:
    """The rows with a verdict: quarantined, duplicate of a record, or cleaned. Of equal rows the first in (source_file, line) wins."""
    good = rows.where("reason is null")
    months, files = _spread(good, job=job)
    held = _stored(job, months=months)
    hashes = job.sql(HASHES, good=good).persist()
    again = _held_again(held, hashes=hashes, job=job)
    suspects = job.sql(SUSPECTS, hashes=hashes, again=again).persist()
    by_month = files <= FILES_PER_MONTH * len(months)
    if not suspects.count():
        return Judged(rows=rows.selectExpr("*", "if(reason is null, 'cleaned', 'quarantined') as verdict"), by_month=by_month)
    known = job.sql(KNOWN, good=good, held=held if again.count() else held.limit(0), suspects=suspects).persist()
    if few := known.count() <= FEW:  # then they are sent to the rows, which stay where they are
        known = known.hint("broadcast")
    verdicts = rows.join(known, "record_id", "left").selectExpr("*", f"{cleaning.VERDICT} as verdict")
    return Judged(rows=verdicts, by_month=by_month and few)


def _held_again(held: Any, *, hashes: Any, job: Load) -> Any:
    """Those of the hashes that records of the table have too."""
    sent = hashes.hint("broadcast") if hashes.count() <= SENT else hashes
    return job.sql(HELD, held=held, hashes=sent).persist()


def _spread(good: Any, *, job: Load) -> tuple[set[str], int]:
    """The months of the rows, and how many files they would make if each part of the rows were written where it is."""
    if not job.dataset.months_of:
        return set(), 1
    found = job.sql(SPREAD.format(moment=job.dataset.months_of), good=good).collect()
    return {row.month for row in found}, len(found)


def _stored(job: Load, *, months: Collection[str]) -> Any:
    """record_id of records already in the table, in the given months if the dataset has any."""
    records = job.spark.table(job.cleaned)
    column = job.dataset.months_of
    return (records.where(moments.within(column, months=months)) if column else records).select("record_id")


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
