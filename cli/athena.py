"""Questions to Athena and their answers, with zone names for databases both ways."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from cli import zones
from cli.platform import ZONES, Platform
from cli.problem import Problem

_NUMBERS = {"tinyint", "smallint", "integer", "int", "bigint", "double", "float", "real", "decimal"}
_SLOWEST = 1.0  # seconds between two looks
_MEND = "Mend the SQL, then ask again"
_TO_DO = (
    ("TABLE_NOT_FOUND", 'Tables there are: mill query "show tables in cleaned". The first run of a flow makes its tables'),
    ("SCHEMA_NOT_FOUND", f"Databases are named after the zones: {', '.join(ZONES)}"),
    ("COLUMN_NOT_FOUND", 'Columns there are: mill query "describe cleaned.calls"'),
    ("Bytes scanned limit", "Ask for fewer columns or months, or raise scan_limit_mb in cdk.json"),
)
Cells = tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of an answer, with Athena's name for its type."""

    name: str
    type: str

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.type.partition("(")[0] in _NUMBERS


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Rows as text (None for null), as Athena returns them; `more` says that rows beyond the asked number exist."""

    columns: tuple[Column, ...]
    rows: tuple[Cells, ...]
    seconds: float
    bytes_scanned: int
    more: bool = False


def ask(platform: Platform, sql: str, *, max_rows: int = 0) -> Answer:
    """Run SQL in the platform's workgroup and return its rows, at most `max_rows` unless 0; a Problem with Athena's reason."""
    databases = platform.databases()
    athena = platform.client("athena")
    query = athena.start_query_execution(QueryString=zones.physical(sql, databases), WorkGroup=platform.output("query", "Workgroup"))
    ended = _ended(athena, query["QueryExecutionId"])
    status = ended["Status"]
    if status["State"] != "SUCCEEDED":
        why = zones.readable(status.get("StateChangeReason") or "no reason was given", databases)
        raise Problem(f"the query {status['State'].lower()}: {why}", next((to_do for what, to_do in _TO_DO if what in why), _MEND))
    return _answer(athena, ended, max_rows=max_rows)


def _ended(athena: Any, query: str) -> Mapping[str, Any]:
    pause = 0.05
    try:
        while True:
            execution: Mapping[str, Any] = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            time.sleep(pause)
            pause = min(pause * 1.5, _SLOWEST)
    except KeyboardInterrupt:
        athena.stop_query_execution(QueryExecutionId=query)
        raise


def _answer(athena: Any, execution: Mapping[str, Any], *, max_rows: int) -> Answer:
    pages = _pages(athena, execution["QueryExecutionId"])
    first = next(pages)
    columns = tuple(Column(name=c["Name"], type=c["Type"]) for c in first.get("ResultSetMetadata", {}).get("ColumnInfo", ()))
    rows = _rows(chain([first], pages))
    header = tuple(column.name for column in columns)
    if execution.get("StatementType", "DML") == "DML":
        rows = (row for place, row in enumerate(rows) if place or row != header)
    if len(columns) > 1:
        rows = (_parted(row, len(columns)) for row in rows)
    kept = tuple(islice(rows, max_rows + 1 if max_rows else None))
    statistics = execution.get("Statistics", {})
    return Answer(
        columns=columns,
        rows=kept[:max_rows] if max_rows else kept,
        seconds=statistics.get("TotalExecutionTimeInMillis", 0) / 1000,
        bytes_scanned=statistics.get("DataScannedInBytes", 0),
        more=bool(max_rows) and len(kept) > max_rows,
    )


def _parted(row: Cells, width: int) -> Cells:
    """The cells of a row of DESCRIBE, which Athena sends as one text with tabs and padding."""
    if len(row) != 1 or row[0] is None:
        return row
    parts = [part.strip() for part in row[0].split("\t")]
    return tuple((parts + [""] * width)[:width])


def _pages(athena: Any, query: str) -> Iterator[Mapping[str, Any]]:
    asked: dict[str, Any] = {"QueryExecutionId": query, "MaxResults": 1000}
    while True:
        page = athena.get_query_results(**asked)
        yield page["ResultSet"]
        if not page.get("NextToken"):
            return
        asked["NextToken"] = page["NextToken"]


def _rows(pages: Iterable[Mapping[str, Any]]) -> Iterator[Cells]:
    for page in pages:
        for row in page.get("Rows", ()):
            yield tuple(cell.get("VarCharValue") for cell in row.get("Data", ()))
