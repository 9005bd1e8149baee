"""What DuckDB says about the same call files, by rules written down a second time and by other means."""

from pathlib import Path
from typing import Any

import duckdb

_MINUTES = "%d-%m-%Y %H:%M"
_WHOLE = (
    "charged_duration",
    "originating_carrier_id",
    "terminating_carrier_id",
    "call_direction",
    "service_type",
    "release_cause_number",
    "sip_response",
)
_TIMES = ("start_datetime", "connect_datetime", "disconnect_datetime")
_NONSENSE = (
    "typed.connect_datetime < typed.start_datetime",
    "date_diff('minute', typed.connect_datetime, typed.disconnect_datetime) < -1",
    "typed.charged_duration < 0",
)
_TEXTS = ("translated_calling_number", "translated_called_number")


def _typed(name: str) -> str:
    if name in _TIMES:
        return f"try_strptime(nullif(trim({name}), ''), '{_MINUTES}') as {name}"
    if name in _TEXTS:
        return f"nullif(trim({name}), '') as {name}"
    return f"try_cast(nullif(trim({name}), '') as integer) as {name}"


def _lost(name: str) -> str:
    return f"(typed.{name} is null and nullif(trim(raw.{name}), '') is not null)"


class Oracle:
    """Call files in DuckDB: tables `raw` (lines as text), `bad` (refused lines) and `calls` (clean records, once each)."""

    def __init__(self, files: list[Path]) -> None:
        self.connection = duckdb.connect()
        names = (*_TIMES, *_TEXTS, *_WHOLE)
        listed = ", ".join(f"'{file}'" for file in files)
        source = f"read_csv([{listed}], all_varchar=true, union_by_name=true, header=true, null_padding=true)"
        missing = [f"typed.{name} is null" for name in ("start_datetime", *_TEXTS)]
        self._table("raw", f"select *, row_number() over () as line from {source}")
        self._table("typed", f"select line, {', '.join(map(_typed, names))} from raw")
        wrong = [*missing, *map(_lost, names), *_NONSENSE]
        self._table("bad", f"select raw.* from raw join typed using (line) where {' or '.join(wrong)}")
        self._table("calls", f"select distinct {', '.join(names)} from typed anti join bad using (line)")

    def _table(self, name: str, sql: str) -> None:
        self.connection.execute(f"create table {name} as {sql}")

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The answer to a query over `raw`, `bad` and `calls`."""
        cursor = self.connection.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, sql: str) -> Any:
        """The one value that a query answers."""
        (row,) = self.rows(sql)
        (value,) = row.values()
        return value
