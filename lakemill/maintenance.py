"""Keeping Iceberg tables quick and small: small files are joined, old snapshots forgotten, files that no snapshot names removed.

All three may run beside loads. A join of files that meets another change of the same files is tried again and then left for the
next night. The newest snapshot that a job has written is never forgotten: jobs read there what the last run did.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lakemill import tables
from lakemill.cleaning import quoted
from lakemill.tables import CATALOG

OPTIONS = ("run_id", "cleaned_database", "curated_database", "quarantine_database", "snapshot_days", "min_snapshots", "orphan_days")
RECORD, RUNS = "maintenance", "runs"
COLUMNS = {
    "run_id": "string",
    "table_name": "string",
    "files_before": "bigint",
    "files_after": "bigint",
    "bytes_before": "bigint",
    "bytes_after": "bigint",
    "snapshots_removed": "bigint",
    "orphans_removed": "bigint",
    "gave_way": "boolean",
    "done_at": "timestamp_ntz",
}
SAFE_DAYS = 3  # a load may write files for hours before the commit that names them
_TRIES = 3
_GAVE_WAY = ("CommitFailedException", "ValidationException")
_JOINED = "replace"  # the operation of a snapshot that changes files and no rows


class RuleError(ValueError):
    """A rule that could lose data."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Snapshots of the last `snapshot_days`, and never fewer than `min_snapshots`, stay; unnamed files go after `orphan_days`."""

    snapshot_days: int
    min_snapshots: int
    orphan_days: int

    def __post_init__(self) -> None:
        if self.orphan_days < SAFE_DAYS or self.snapshot_days < 1 or self.min_snapshots < 1:
            raise RuleError(f"{self}: orphan_days is at least {SAFE_DAYS}, the others at least 1, or running loads and queries break")

    @classmethod
    def of(cls, options: Mapping[str, str]) -> "Rules":
        """The rules in a job's options."""
        return cls(**{name: int(options[name]) for name in ("snapshot_days", "min_snapshots", "orphan_days")})


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of one table. It `gave_way` where others changed it all the time, so that its files are still to be joined."""

    table_name: str
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    snapshots_removed: int
    orphans_removed: int
    gave_way: bool

    def __str__(self) -> str:
        files = f"{self.files_before:,} -> {self.files_after:,} files, {self.bytes_before:,} -> {self.bytes_after:,} bytes"
        told = f"{files}, {self.snapshots_removed:,} snapshots and {self.orphans_removed:,} orphan files removed"
        return f"{told}, not all files joined: others changed the table" if self.gave_way else told


def found(spark: Any, *, databases: Iterable[str]) -> list[str]:
    """The Iceberg tables of the databases, as database.table."""
    return [f"{each}.{row.tableName}" for each in databases for row in spark.sql(f"show tables in {CATALOG}.{each}").collect()]


def interrupted(spark: Any, *, quarantine: str, names: Iterable[str]) -> set[str]:
    """Datasets whose retry has not reached its end: what it has done stands in snapshots only, and the next run looks for it there."""
    tables_here = [name for name in names if name.startswith(f"{quarantine}.")]
    return {name.split(".")[1] for name in tables_here if _holds_marks(spark.table(f"{CATALOG}.{name}"))}


def maintain(spark: Any, *, table: str, rules: Rules, now: datetime, keep_history: bool = False) -> Report:
    """Look after one table (database.table); with `keep_history` all its snapshots stay."""
    before = _snapshots(spark, table=table)
    joined = [_joined(spark, table=table, procedure=each) for each in ("rewrite_data_files", "rewrite_manifests")]
    between = _snapshots(spark, table=table)
    if not keep_history:
        _forget(spark, table=table, rules=rules, now=now)
    after = _snapshots(spark, table=table)
    return Report(
        table_name=table,
        files_before=_total(before, "total-data-files"),
        files_after=_total(after, "total-data-files"),
        bytes_before=_total(before, "total-files-size"),
        bytes_after=_total(after, "total-files-size"),
        snapshots_removed=len({each.snapshot_id for each in between} - {each.snapshot_id for each in after}),
        orphans_removed=_remove_orphans(spark, table=table, days=rules.orphan_days),
        gave_way=not all(joined),
    )


def record(spark: Any, *, database: str, reports: Sequence[Report], run_id: str, now: datetime) -> None:
    """Append the reports to `database`.maintenance, which is made if it is not there."""
    table = f"{CATALOG}.{database}.{RECORD}"
    spark.sql(tables.create(table, columns=COLUMNS, comment="What maintenance did to each table"))
    if not reports:
        return
    schema = ", ".join(f"{name} {type_}" for name, type_ in COLUMNS.items() if name != "done_at")
    rows = spark.createDataFrame([{"run_id": run_id, **asdict(each)} for each in reports], schema)
    stamped = rows.selectExpr("*", f"timestamp_ntz'{now:%Y-%m-%d %H:%M:%S}' as done_at")
    stamped.coalesce(1).writeTo(table).option("snapshot-property.run-id", run_id).append()


def _holds_marks(rows: Any) -> bool:
    # Releases before the retry made no such column.
    return "retried_by" in rows.columns and not rows.where("retried_by is not null").limit(1).isEmpty()


def _joined(spark: Any, *, table: str, procedure: str) -> bool:
    """Run a procedure that joins files; False if each try met another change. Iceberg then changes nothing, and the other change stands."""
    for _ in range(_TRIES):
        try:
            spark.sql(f"call {CATALOG}.system.{procedure}(table => '{table}')").collect()
            return True
        except Exception as error:
            if not any(name in str(error) for name in _GAVE_WAY):
                raise
    return False


def _forget(spark: Any, *, table: str, rules: Rules, now: datetime) -> None:
    operations = [each.operation for each in _snapshots(spark, table=table)]
    newest_of_a_job = next((place for place, each in enumerate(operations, start=1) if each != _JOINED), 1)
    keep = max(rules.min_snapshots, newest_of_a_job)
    older_than = _moment(now - timedelta(days=rules.snapshot_days))
    spark.sql(f"call {CATALOG}.system.expire_snapshots(table => '{table}', older_than => {older_than}, retain_last => {keep})").collect()


def _remove_orphans(spark: Any, *, table: str, days: int) -> int:
    before = _moment(datetime.now(UTC) - timedelta(days=days))
    told = {row.col_name: row.data_type for row in spark.sql(f"describe extended {CATALOG}.{table}").collect()}
    place = quoted(files_of(table, location=told["Location"]))
    # Listed by the same library that writes the files, under the table's own address.
    call = f"remove_orphan_files(table => '{table}', older_than => {before}, location => {place}, prefix_listing => true)"
    return len(spark.sql(f"call {CATALOG}.system.{call}").collect())


def files_of(table: str, *, location: str) -> str:
    """Where files of a table (database.table) may lie: its location, or, if Athena makes it anew in every run, those of all runs.

    A run's place is <table>/runs/<run> (stacks/flows/model_questions.py); no other location ends so.
    """
    runs, _, _ = location.rstrip("/").rpartition("/")
    return runs if runs.endswith(f"/{table.split('.')[1]}/{RUNS}") else location


def _snapshots(spark: Any, *, table: str) -> list[Any]:
    """The table's snapshots, newest first."""
    query = f"select snapshot_id, operation, summary from {CATALOG}.{table}.snapshots order by committed_at desc"
    rows: list[Any] = spark.sql(query).collect()
    return rows


def _total(snapshots: Sequence[Any], name: str) -> int:
    return int(snapshots[0].summary.get(name, 0)) if snapshots else 0


def _moment(when: datetime) -> str:
    return f"timestamp'{when:%Y-%m-%d %H:%M:%S} UTC'"
