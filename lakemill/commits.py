"""What a load writes: refused rows first, then the records in one commit, then the ledger. Each step can be repeated without harm."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any

from lakemill import ledger, tables
from lakemill.judging import Judged, holds_data
from lakemill.ledger import Account
from lakemill.load import Load

SAME = "refused.source_file = held.source_file and refused.version = held.version and refused.line <=> held.line"


# Rows are written where they are, not sent to one writer per partition of the table.
IN_PLACE = {"distribution-mode": "none"}
NOTHING: Mapping[str, str] = MappingProxyType({})


def noted(**summary: str) -> dict[str, str]:
    """The writer's options that put these words into the snapshot's summary."""
    return {f"snapshot-property.{name}": value for name, value in summary.items()}


def prepare(job: Load) -> None:
    """Make the tables that are not there and add columns that are newly declared."""
    job.spark.sql(tables.create(job.ledger, columns=ledger.COLUMNS, comment="Every raw file taken, and what became of its rows"))
    job.spark.sql(tables.create_quarantine(job.quarantine, dataset=job.dataset))
    job.spark.sql(tables.create_cleaned(job.cleaned, dataset=job.dataset))
    changes = [
        tables.grow(job.ledger, columns=ledger.COLUMNS, existing=job.spark.table(job.ledger).columns),
        tables.grow(job.quarantine, columns=tables.QUARANTINE, existing=job.spark.table(job.quarantine).columns),
        tables.evolve(job.cleaned, dataset=job.dataset, existing=job.spark.table(job.cleaned).dtypes),
    ]
    for change in filter(None, changes):
        job.spark.sql(change)


def finish_interrupted(job: Load) -> set[tuple[str, str]]:
    """Files already taken. If the last run died between its records and its ledger lines, the lines are written now."""
    lines = job.spark.table(job.ledger).where(f"dataset = '{job.dataset.name}'").select("source_file", "version").collect()
    done = {(line.source_file, line.version) for line in lines}
    last = job.spark.sql(
        f"select summary['run-id'] as run_id, summary['files'] as files from {job.cleaned}.snapshots "
        "where summary['files'] is not null order by committed_at desc limit 1"
    ).head()
    unwritten = [account for account in ledger.from_text(last.files) if account.file not in done] if last else []
    if last and unwritten:
        job.tell(f"run {last.run_id} had written its records but not the ledger; done now")
        write_ledger(unwritten, job=replace(job, run_id=last.run_id))
    return done | {account.file for account in unwritten}


def commit(judged: Judged, *, refused: Any, job: Load, accounts: Sequence[Account]) -> None:
    """Write what became of the files; `refused` is in the shape of quarantine."""
    if ledger.total(accounts, "rows_quarantined"):
        write_refused(refused, job=job)
    if ledger.total(accounts, "rows_cleaned"):
        fresh = judged.rows.where("verdict = 'cleaned'")
        options = noted(files=ledger.to_text(accounts)) | (IN_PLACE if judged.by_month else {})
        append(fresh, job=job, table=job.cleaned, moment="loaded_at", options=options)
    write_ledger(accounts, job=job)


def write_refused(refused: Any, *, job: Load) -> None:
    """Append refused rows that are not in quarantine yet."""
    if holds_data(job, table=job.quarantine):
        held = job.spark.table(job.quarantine)
        query = f"select refused.* from {{refused}} as refused left anti join {{held}} as held on {SAME}"
        refused = job.sql(query, refused=refused, held=held)
    if not refused.persist().isEmpty():
        append(refused, job=job, table=job.quarantine, moment="refused_at")


def write_ledger(accounts: Sequence[Account], *, job: Load, **summary: str) -> None:
    """Append one line per file."""
    schema = ", ".join(f"{name} {type_}" for name, type_ in ledger.COLUMNS.items())
    lines = job.spark.createDataFrame([asdict(account) for account in accounts], schema)
    named = lines.drop("dataset").selectExpr("*", f"'{job.dataset.name}' as dataset")
    append(named, job=job, table=job.ledger, moment="taken_at", options=noted(**summary))


def append(rows: Any, *, job: Load, table: str, moment: str, options: Mapping[str, str] = NOTHING) -> None:
    """One Iceberg commit of the rows, stamped with run and time; the run id goes into the snapshot's summary. `options` are the writer's.

    Columns of the table that the rows lack are null.
    """
    stamp = job.stamp(moment)
    columns = [name for name in rows.columns if name not in stamp]
    stamped = rows.selectExpr(*(f"`{name}`" for name in columns), *(f"{value} as {name}" for name, value in stamp.items()))
    there = job.spark.table(table).dtypes
    given = [name if name in (*columns, *stamp) else f"cast(null as {type_}) as {name}" for name, type_ in there]
    writer = stamped.selectExpr(*given).writeTo(table)
    for name, value in {**noted(**{"run-id": job.run_id}), **options}.items():
        writer = writer.option(name, value)
    writer.append()
