"""What WITH (…) asks for, checked: unknown properties and values of the wrong type are refused."""

from dataclasses import dataclass
from typing import Any, TypeVar

from local.athena.failures import QueryFailure, not_supported
from local.athena.statement import Statement, Value

_CTAS: dict[str, type] = {
    "table_type": str, "external_location": str, "location": str, "is_external": bool, "format": str, "partitioned_by": list,
    "partitioning": list, "bucketed_by": list, "bucket_count": int, "write_compression": str, "parquet_compression": str,
    "orc_compression": str, "compression_level": int, "field_delimiter": str, "vacuum_min_snapshots_to_keep": int,
    "vacuum_max_snapshot_age_seconds": int, "vacuum_max_metadata_files_to_keep": int, "optimize_rewrite_min_data_file_size_bytes": int,
    "optimize_rewrite_max_data_file_size_bytes": int, "optimize_rewrite_data_file_threshold": int,
    "optimize_rewrite_delete_file_threshold": int,
}  # fmt: skip
_UNLOAD: dict[str, type] = {
    "format": str, "compression": str, "compression_level": int, "field_delimiter": str, "partitioned_by": list,
}  # fmt: skip
_HIVE_ONLY = ("external_location", "partitioned_by", "bucketed_by", "bucket_count", "field_delimiter", "orc_compression")
_KEPT = ("vacuum_", "optimize_")
Wanted = TypeVar("Wanted")


@dataclass(frozen=True)
class Wishes:
    """The checked properties of one statement."""

    given: dict[str, Value]

    def of(self, name: str, default: Wanted) -> Wanted:
        """A property, or `default`."""
        found: Any = self.given.get(name, default)
        return found  # type: ignore[no-any-return]

    @property
    def iceberg(self) -> bool:
        """Whether an Iceberg table is asked for. Raises QueryFailure for an unknown table type."""
        kind = self.of("table_type", "HIVE").upper()
        if kind not in ("HIVE", "ICEBERG"):
            raise QueryFailure("INVALID_TABLE_PROPERTY", f"Unsupported table_type: {kind}")
        return kind == "ICEBERG"

    @property
    def compression(self) -> str | None:
        """The compression, under either of its names."""
        return self.of("write_compression", None) or self.of("parquet_compression", None) or self.of("compression", None)

    @property
    def kept(self) -> dict[str, str]:
        """Properties for table maintenance, which are kept with the table and used by nothing here."""
        return {name: str(value) for name, value in self.given.items() if name.startswith(_KEPT)}


def of_table(statement: Statement) -> Wishes:
    """The properties of CREATE TABLE AS. Raises QueryFailure."""
    wishes = _checked(statement, _CTAS, "table")
    if "bucketed_by" in wishes.given or "bucket_count" in wishes.given:
        raise not_supported("writing buckets")
    if wishes.iceberg:
        _only(wishes, _HIVE_ONLY, "Iceberg")
        if wishes.of("is_external", default=True):
            raise QueryFailure("INVALID_TABLE_PROPERTY", "An Iceberg table is not external: is_external must be false")
        if not wishes.of("location", ""):
            raise QueryFailure("INVALID_TABLE_PROPERTY", "An Iceberg table needs the property location")
    else:
        _only(wishes, ("location", "partitioning", *wishes.kept), "Hive")
        if not wishes.of("is_external", default=True):
            raise QueryFailure("INVALID_TABLE_PROPERTY", "A Hive table is external: is_external must be true")
    return wishes


def of_unload(statement: Statement) -> Wishes:
    """The properties of UNLOAD. Raises QueryFailure."""
    wishes = _checked(statement, _UNLOAD, "unload")
    if "format" not in wishes.given:
        raise QueryFailure("INVALID_TABLE_PROPERTY", "UNLOAD needs the property format")
    return wishes


def _checked(statement: Statement, known: dict[str, type], what: str) -> Wishes:
    for name, value in statement.properties.items():
        if name not in known:
            raise QueryFailure("INVALID_TABLE_PROPERTY", f"Catalog 'awsdatacatalog' {what} property '{name}' does not exist", (1, 1))
        if not isinstance(value, known[name]) or (known[name] is int and isinstance(value, bool)):
            raise QueryFailure("INVALID_TABLE_PROPERTY", f"Invalid value for {what} property '{name}': {value}", (1, 1))
    if statement.properties.get("compression_level") is not None:
        raise not_supported("the property compression_level")
    return Wishes(statement.properties)


def _only(wishes: Wishes, refused: tuple[str, ...], kind: str) -> None:
    for name in refused:
        if name in wishes.given:
            raise QueryFailure("INVALID_TABLE_PROPERTY", f"The property '{name}' is not for {kind} tables", (1, 1))
