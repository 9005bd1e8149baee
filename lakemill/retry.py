"""Judging refused rows again: those that now pass move to cleaned exactly once and leave quarantine, and the ledger is corrected.

Steps, each of which may be the last of a run that dies: refused rows of a file that was refused as a whole are written one
by one; the rows that leave are marked with the attempt; their records are appended; the ledger's corrections are appended;
the marked rows are deleted. What an attempt has reached stands in the snapshots, under its name.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from lakemill import ledger
from lakemill.commits import append, noted, write_ledger, write_refused
from lakemill.judging import Tally, halt_if_broken, judged, tally
from lakemill.ledger import Account
from lakemill.load import Load, sentence
from lakemill.reading import Taken, located
from lakemill.taking import examined, refused_rows, steady

# Of a file that was refused as a whole every row is judged again, of any other those that were refused.
AGAIN = """
    select found.*, found.line as row_order
    from {found} as found join {files} as files on found.source_file = files.source_file
    left join {held} as held on held.source_file = files.source_file and held.version = files.version and held.line = found.line
    where files.whole or held.line is not null"""
LEAVING = """
    select files.source_file, files.version, rows.line
    from {rows} as rows join {files} as files on rows.source_file = files.source_file where rows.reason is null
    union all select source_file, version, cast(null as int) as line from {files} where whole"""
MARK = """
    merge into {quarantine} as held using {{leaving}} as leaving
    on held.source_file = leaving.source_file and held.version = leaving.version and held.line <=> leaving.line
    when matched then update set held.retried_by = '{attempt}'"""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What quarantine holds of a file: single rows, or (also) the file as a whole, which stands for `whole` rows."""

    rows: int
    whole: int


@dataclass(frozen=True, kw_only=True)
class Again:
    """Refused rows that were judged again, the files they are of, what is still refused, and what is to be corrected."""

    rows: Any
    files: Any
    refused: Any
    counts: Tally
    corrections: Sequence[Account]


def finish_retry(job: Load) -> None:
    """If a retry died after its records were written, correct the ledger and let the rows leave; if before, nothing has moved."""
    marked = job.spark.sql(f"select distinct retried_by as attempt from {job.quarantine} where retried_by is not null").collect()
    for attempt in [row.attempt for row in marked]:
        moved = _snapshot(job, table=job.cleaned, attempt=attempt)
        corrected = _snapshot(job, table=job.ledger, attempt=attempt)
        if moved and not corrected:
            write_ledger(ledger.from_text(moved.corrections), job=replace(job, run_id=moved.run_id), retry=attempt)
        if moved or corrected:
            job.tell("a retry had written its records but not let all rows leave quarantine; done now")
            _leave(job, attempt=attempt)
        else:
            job.spark.sql(f"update {job.quarantine} set retried_by = null where retried_by = '{attempt}'")


def retry(job: Load, *, done: Container[tuple[str, str]]) -> str:
    """Judge refused rows of files that are still there in their version again; a sentence about what became of them.

    `done` are the files in the ledger: one that a run left half taken is taken whole, not judged again.
    """
    held = {file: rows for file, rows in _held(job).items() if file in done}
    files = [file for file in job.files() if (file.key, file.version) in held]
    taken = [each for each in examined(job, files=files) if not each[1].fault]
    if not taken:
        return f"retry: nothing can be judged again; {len(files)} of {len(held)} files with refused rows are there unchanged"
    again = steady(job, taken=taken, read=lambda files: _judge_again(job, taken=files, held=held))
    halt_if_broken(again.refused, counts=again.counts, job=job)
    if not again.corrections:
        return "retry: no refused row passes"
    _move(job, again=again)
    return f"retry: {sentence(again.corrections)}"


def _held(job: Load) -> Mapping[tuple[str, str], Held]:
    query = (
        "select source_file, version, count(line) as rows, coalesce(sum(case when line is null then rows end), 0) as whole "
        f"from {job.quarantine} where version is not null group by source_file, version"
    )
    return {(row.source_file, row.version): Held(rows=row.rows, whole=row.whole) for row in job.spark.sql(query).collect()}


def _judge_again(job: Load, *, taken: Taken, held: Mapping[tuple[str, str], Held]) -> Again:
    known = [(file.key, file.version, held[file.key, file.version].whole > 0) for file, _ in taken]
    files = job.spark.createDataFrame(known, "source_file string, version string, whole boolean").hint("broadcast")
    found = located(job, taken=taken)
    rows = job.sql(AGAIN, found=found, files=files, held=job.spark.table(job.quarantine)).persist()
    rows = judged(rows, job=job).rows
    counts = tally(rows)
    corrections = [_correction(file.key, file.version, rows=intake.rows, held=held, counts=counts) for file, intake in taken]
    refused = refused_rows(job, taken=taken, located=rows)
    return Again(rows=rows, files=files, refused=refused, counts=counts, corrections=[each for each in corrections if each])


def _correction(key: str, version: str, *, rows: int, held: Mapping[tuple[str, str], Held], counts: Tally) -> Account | None:
    """The ledger's line that makes the file's sums right again; none if nothing changes."""
    before = held[key, version]
    cleaned, duplicate, refused = (counts.verdicts.get((key, verdict), 0) for verdict in ("cleaned", "duplicate", "quarantined"))
    expected = rows if before.whole else before.rows
    if cleaned + duplicate + refused != expected:
        raise ledger.Unaccounted(f"{key}: {expected} rows to be judged again, {cleaned + duplicate + refused} found; nothing was written")
    if not before.whole and not cleaned + duplicate:
        return None
    return Account(
        source_file=key,
        version=version,
        bytes=0,
        rows_in=rows - before.whole if before.whole else 0,
        rows_cleaned=cleaned,
        rows_quarantined=refused - before.whole if before.whole else -cleaned - duplicate,
        rows_duplicate=duplicate,
        rows_warned=counts.verdicts.get((key, ledger.WARNED), 0),
    )


def _move(job: Load, *, again: Again) -> None:
    attempt = f"{uuid4()}"
    write_refused(again.refused, job=job)
    # A merge takes no source whose plan numbers rows; a checkpoint is plain rows.
    leaving = job.sql(LEAVING, rows=again.rows, files=again.files).localCheckpoint()
    job.sql(MARK.format(quarantine=job.quarantine, attempt=attempt), leaving=leaving)
    if ledger.total(again.corrections, "rows_cleaned"):
        summary = {"retry": attempt, "corrections": ledger.to_text(again.corrections)}
        append(again.rows.where("verdict = 'cleaned'"), job=job, table=job.cleaned, moment="loaded_at", options=noted(**summary))
    write_ledger(again.corrections, job=job, retry=attempt)
    _leave(job, attempt=attempt)


def _leave(job: Load, *, attempt: str) -> None:
    job.spark.sql(f"delete from {job.quarantine} where retried_by = '{attempt}'")


def _snapshot(job: Load, *, table: str, attempt: str) -> Any:
    """The snapshot of the table that an attempt wrote, if any: its run id and corrections."""
    return job.spark.sql(
        f"select summary['run-id'] as run_id, summary['corrections'] as corrections from {table}.snapshots "
        f"where summary['retry'] = '{attempt}' limit 1"
    ).head()
