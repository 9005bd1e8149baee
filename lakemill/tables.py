"""The Iceberg tables that the cleaning job makes and evolves, as statements. Names arrive complete: catalog.database.table."""

from collections.abc import Mapping, Sequence

from lakemill.declare import Dataset, DeclarationError

CATALOG = "glue_catalog"
PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.distribution-mode": "hash",
}
_PROVENANCE = {"record_id": "string", "source_file": "string", "run_id": "string", "loaded_at": "timestamp_ntz"}
# `line` is null and `rows` more than one where a whole file is refused; a retry marks rows that are about to leave.
QUARANTINE = {
    "source_file": "string",
    "version": "string",
    "line": "int",
    "reason": "string",
    "raw": "string",
    "raw_sha256": "string",
    "rows": "bigint",
    "retried_by": "string",
    "run_id": "string",
    "refused_at": "timestamp_ntz",
}


def create(table: str, *, columns: dict[str, str], months_of: str = "", comment: str = "") -> str:
    """The statement that makes the table if it is not there."""
    listed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
    partitions = f" partitioned by (months({months_of}))" if months_of else ""
    properties = ", ".join(f"'{name}'='{value}'" for name, value in PROPERTIES.items())
    told = comment.replace("\\", "\\\\").replace("'", "\\'")
    return f"create table if not exists {table} ({listed}) using iceberg{partitions} comment '{told}' tblproperties ({properties})"


def create_cleaned(table: str, *, dataset: Dataset) -> str:
    """The dataset's table: declared columns, then where each record came from."""
    columns = {column.name: str(column.type) for column in dataset.columns} | _PROVENANCE
    return create(table, columns=columns, months_of=dataset.months_of, comment=dataset.description)


def create_quarantine(table: str, *, dataset: Dataset) -> str:
    """The table of the dataset's refused rows."""
    return create(table, columns=QUARANTINE, comment=f"Refused rows of {dataset.name}, each with its reason")


def evolve(table: str, *, dataset: Dataset, existing: Sequence[tuple[str, str]]) -> str:
    """The statement that adds newly declared columns, or nothing. `existing` is (name, type) of the table's columns.

    DeclarationError when the declaration asks for more than new columns: data under the old one would be lost.
    """
    there = dict(existing)
    wanted = {column.name: str(column.type) for column in dataset.columns}
    changed = [f"{name} from {there[name]} to {type_}" for name, type_ in wanted.items() if there.get(name, type_) != type_]
    gone = [name for name in there if name not in wanted and name not in _PROVENANCE]
    if changed or gone:
        what = "; ".join([f"changes {', '.join(changed)}"] * bool(changed) + [f"drops {', '.join(gone)}"] * bool(gone))
        raise DeclarationError(f"dataset {dataset.name!r} {what}, but {table} holds data: add columns, or declare a new dataset")
    new = [f"{name} {type_}" for name, type_ in wanted.items() if name not in there]
    return f"alter table {table} add columns ({', '.join(new)})" if new else ""


def grow(table: str, *, columns: Mapping[str, str], existing: Sequence[str]) -> str:
    """The statement that adds columns that an older release of the platform did not have, or nothing."""
    new = [f"{name} {type_}" for name, type_ in columns.items() if name not in existing]
    return f"alter table {table} add columns ({', '.join(new)})" if new else ""
