"""Tables as the catalog and their own metadata describe them: rows, files, snapshots, last commit. No query is needed for that."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cli import status_tables
from cli.platform import Platform
from cli.problem import explained
from cli.report.known import Known

_AT_ONCE = 8
_MOST_OBJECTS = 10_000


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table of a zone. What cannot be known without reading all of it is None: rows and snapshots of plain files."""

    zone: str
    name: str
    columns: tuple[str, ...]
    rows: int | None = None
    files: int | None = None
    bytes: int | None = None
    snapshots: int | None = None
    changed: datetime | None = None
    more: bool = False

    @property
    def full_name(self) -> str:
        """Its name in SQL."""
        return f"{self.zone}.{self.name}"


def tables(known: Known) -> tuple[Table, ...]:
    """All tables of all zones."""
    platform = known.platform
    listed = [(zone, each) for zone, database in platform.databases().items() for each in status_tables.catalogued(platform, database)]
    if not listed:
        return ()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(lambda pair: _table(platform, *pair), listed))


def table(known: Known, full_name: str) -> Table | None:
    """The table of that name, if there is one."""
    return next((each for each in known.of(tables) if each.full_name == full_name), None)


def _table(platform: Platform, zone: str, entry: Mapping[str, Any]) -> Table:
    storage = entry.get("StorageDescriptor", {})
    columns = tuple(column["Name"] for column in storage.get("Columns", ()))
    metadata = entry.get("Parameters", {}).get("metadata_location")
    try:
        known = _iceberg(platform, metadata) if metadata else _plain(platform, storage.get("Location", ""))
    except Exception as error:
        if explained(error) is None:
            raise
        known = {}  # not for this person to read, or replaced this moment
    return Table(zone=zone, name=entry["Name"], columns=columns, **known)


def _iceberg(platform: Platform, location: str) -> dict[str, Any]:
    metadata = status_tables.metadata(platform, location)
    held = status_tables.read("", metadata)
    moments = {each["snapshot-id"]: each["timestamp-ms"] for each in metadata.get("snapshots") or ()}
    changed = moments.get(metadata.get("current-snapshot-id"))
    return {
        "rows": held.rows,
        "files": held.files,
        "bytes": held.bytes,
        "snapshots": held.snapshots,
        "changed": datetime.fromtimestamp(changed / 1000, UTC) if changed else None,
    }


def _plain(platform: Platform, location: str) -> dict[str, Any]:
    if not location:
        return {}
    bucket, prefix = status_tables.place(location)
    found: list[Mapping[str, Any]] = []
    for page in platform.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        found += page.get("Contents", ())
        if len(found) >= _MOST_OBJECTS:
            break
    changed = max((each["LastModified"] for each in found), default=None)
    return {"files": len(found), "bytes": sum(each["Size"] for each in found), "changed": changed, "more": len(found) >= _MOST_OBJECTS}
