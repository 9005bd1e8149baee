"""Taking files in: the intake check, the reads, and the care that no file changes under them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from lakemill import cleaning, ledger
from lakemill.finding import refused_at
from lakemill.intake import ChangedError, Intake, RawFile, checked, examine, unknown_columns
from lakemill.judging import Judged, Tally, compared, judged, tally
from lakemill.ledger import Account
from lakemill.load import Load
from lakemill.reading import Taken, rows_of

Read = TypeVar("Read")
READERS = 8
NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Files whose rows have been read and judged: all with verdicts, refused ones in the shape of quarantine, and both counted."""

    taken: Taken
    judged: Judged
    refused: Any
    counts: Tally

    def accounts(self) -> list[Account]:
        """The files' accounts, settled; Unaccounted if rows were lost or doubled."""
        opened = [ledger.opened(file, intake=intake) for file, intake in self.taken]
        whole = {(file.key, "quarantined"): intake.rows for file, intake in self.taken if intake.fault}
        return ledger.settle(opened, verdicts={**self.counts.verdicts, **whole})


def examined(job: Load, *, files: Sequence[RawFile]) -> Taken:
    """The intake check of each file. Columns that nobody declared, and files that changed since they were listed, are told."""

    def examine_one(file: RawFile) -> tuple[RawFile, Intake | None]:
        try:
            with closing(job.store.opened(file)) as stream:
                return file, examine(stream, name=file.key)
        except ChangedError:
            return file, None

    with ThreadPoolExecutor(READERS) as readers:
        found = list(readers.map(examine_one, files))
    tell_changed(job, [file for file, intake in found if not intake])
    taken = [(file, checked(intake, dataset=job.dataset, policy=job.schema_policy)) for file, intake in found if intake]
    if ignored := sorted({name for _, intake in taken if not intake.fault for name in unknown_columns(intake.header, dataset=job.dataset)}):
        job.tell(f"columns that nobody declared are left out: {', '.join(ignored)}")
    return taken


def read(job: Load, *, taken: Taken) -> Batch:
    """Read and judge the files."""
    return steady(job, taken=taken, read=lambda files: _read(job, taken=files))


def steady(job: Load, *, taken: Taken, read: Callable[[Taken], Read]) -> Read:
    """What `read` makes of files that stayed the same meanwhile: one that changes is left for the next run, the others are read again."""
    while True:
        done: list[Read] = []
        failure: Exception | None = None
        try:
            done.append(read(taken))
        except Exception as error:  # whatever a file that changes may do to a read
            failure = error
        taken, changed = still_there(job, taken=taken)
        if not changed and failure:
            raise failure
        if not changed:
            return done[0]
        tell_changed(job, changed)
        job.spark.catalog.clearCache()


def still_there(job: Load, *, taken: Taken) -> tuple[Taken, list[RawFile]]:
    """The files that are there in the version that was read, and those that are not."""
    now = {(file.key, file.version) for file in job.files()}
    kept = [(file, intake) for file, intake in taken if (file.key, file.version) in now]
    return kept, [file for file, _ in taken if (file.key, file.version) not in now]


def tell_changed(job: Load, changed: Sequence[RawFile]) -> None:
    """Says which files are left for the next run."""
    if changed:
        more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        job.tell(f"changed during the run, left for the next: {', '.join(file.key for file in changed[:NAMED])}{more}")


def refused_rows(job: Load, *, taken: Taken, located: Any) -> Any:
    """Refused rows in the shape of quarantine, from rows with their line and bytes; a file refused as a whole is one of them."""
    schema = "source_file string, version string"
    versions = job.spark.createDataFrame([(file.key, file.version) for file, _ in taken], schema)
    rows = located.where("reason is not null").join(versions.hint("broadcast"), "source_file")
    single = rows.selectExpr("source_file", "version", "line", "reason", *cleaning.kept_text("bytes"), "cast(1 as bigint) as rows")
    whole = [(file.key, file.version, intake.fault, intake.rows) for file, intake in taken if intake.fault]
    files = job.spark.createDataFrame(whole, f"{schema}, reason string, rows bigint")
    nothing = [f"cast(null as {type_}) as {name}" for name, type_ in (("line", "int"), ("raw", "string"), ("raw_sha256", "string"))]
    return single.unionByName(files.selectExpr("source_file", "version", "reason", "rows", *nothing))


def _read(job: Load, *, taken: Taken) -> Batch:
    found = judged(rows_of(job, taken=taken).persist(), job=job)
    rows, counts = found.rows, tally(found.rows)
    refused = refused_rows(job, taken=taken, located=refused_at(rows, job=job, taken=taken)).persist()
    if counts.refused:
        held = refused.where("line is not null").groupBy("source_file", "reason").count().collect()
        if wrong := compared(counts, found=held):
            raise ledger.Unaccounted(f"refused rows are not where they were counted, nothing was written: {', '.join(wrong[:NAMED])}")
    return Batch(taken=taken, judged=found, refused=refused, counts=counts)
