"""Tables as they are now: rows, files, size and snapshots, from Iceberg's own metadata; other tables are counted by a query."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli import words
from cli.athena import ask
from cli.platform import Platform
from cli.problem import Problem, explained

HEADS = ("table", "rows", "files", "size", "snapshots")
UNKNOWN = "?"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table by its name in SQL. What nobody could find out is None; files, bytes and snapshots are known of Iceberg tables only."""

    name: str
    rows: int | None = None
    files: int | None = None
    bytes: int | None = None
    snapshots: int | None = None
    iceberg: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        """The table as cells under `HEADS`."""
        unknown = UNKNOWN if self.iceberg else ""
        size = unknown if self.bytes is None else words.size(self.bytes)
        counts = [unknown if each is None else f"{each:,}" for each in (self.files, self.snapshots)]
        return (self.name, UNKNOWN if self.rows is None else f"{self.rows:,}", counts[0], size, counts[1])


def tables(platform: Platform) -> tuple[Table, ...]:
    """All tables of all zones. One file of metadata is read per Iceberg table; one query counts the rows of all others."""
    found = {f"{zone}.{each['Name']}": each for zone, database in platform.databases().items() for each in catalogued(platform, database)}
    pointers = {name: location for name, each in found.items() if (location := each.get("Parameters", {}).get("metadata_location"))}
    rows = _counted(platform, names=[name for name in found if name not in pointers])
    return tuple(
        _iceberg(platform, name, location=pointers[name]) if name in pointers else Table(name=name, rows=rows.get(name)) for name in found
    )


def catalogued(platform: Platform, database: str) -> list[Mapping[str, Any]]:
    """The catalog's entries of a database, by name."""
    pages = platform.client("glue").get_paginator("get_tables").paginate(DatabaseName=database)
    return sorted((table for page in pages for table in page["TableList"]), key=lambda table: str(table["Name"]))


def metadata(platform: Platform, location: str) -> dict[str, Any]:
    """The metadata file of an Iceberg table, packed or not."""
    bucket, key = place(location)
    body = platform.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    content: dict[str, Any] = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
    return content


def place(location: str) -> tuple[str, str]:
    """Bucket and key of an address such as s3://bucket/key."""
    bucket, _, key = location.partition("://")[2].partition("/")
    return bucket, key


def read(name: str, content: Mapping[str, Any]) -> Table:
    """An Iceberg table by its metadata file. Rows that other files delete are not counted."""
    snapshots = content.get("snapshots") or []
    current = next((each for each in snapshots if each["snapshot-id"] == content.get("current-snapshot-id")), None)
    totals = {key: int(value) for key, value in (current or {}).get("summary", {}).items() if key.startswith("total-")}
    known = totals.get("total-equality-deletes", 0) == 0  # how many rows each of them deletes only a query can tell
    rows = totals.get("total-records", 0) - totals.get("total-position-deletes", 0)
    return Table(
        name=name,
        rows=rows if known else None,
        files=totals.get("total-data-files", 0),
        bytes=totals.get("total-files-size", 0),
        snapshots=len(snapshots),
        iceberg=True,
    )


def _iceberg(platform: Platform, name: str, *, location: str) -> Table:
    try:
        return read(name, metadata(platform, location))
    except Exception as error:
        if explained(error) is None:
            raise
        return Table(name=name, iceberg=True)  # not for this person to read, or replaced this moment


def _counted(platform: Platform, *, names: list[str]) -> Mapping[str, int]:
    if not names:
        return {}
    sql = " union all ".join(f"select '{name}', count(*) from {_quoted(name)}" for name in names)  # names come from the catalog
    try:
        return {str(row[0]): int(row[1] or 0) for row in ask(platform, sql).rows}
    except Problem:
        return {}


def _quoted(name: str) -> str:
    zone, _, table = name.partition(".")
    return f'{zone}."{table}"'
