"""Statements that ask about the catalog instead of the data: SHOW DATABASES, SHOW TABLES, SHOW COLUMNS, DESCRIBE."""

import re
from collections.abc import Iterable, Iterator

from local.athena.catalog import CATALOG, TableName
from local.athena.column_types import column_info
from local.athena.engine import Answer, Session
from local.athena.failures import QueryFailure, not_supported
from local.athena.parse import Statement


def run(session: Session, statement: Statement) -> Answer:
    """The answer of a utility statement. Raises QueryFailure."""
    match statement.name:
        case "SHOW_DATABASES":
            return _one_column("database_name", session.catalog.databases())
        case "SHOW_TABLES":
            pattern = statement.arguments.get("pattern", "*").replace("*", ".*")
            tables = session.catalog.tables(statement.arguments.get("database", session.database or "default").lower())
            return _one_column("tab_name", [name for name in tables if re.fullmatch(pattern, name)])
        case "SHOW_COLUMNS":
            return _one_column("field", [name for name, _ in _columns(session, statement)])
        case "DESCRIBE_TABLE":
            described: Iterator[list[str | None]] = ([name, kind, ""] for name, kind in _columns(session, statement))
            return Answer([column_info(name, "VARCHAR") for name in ("col_name", "data_type", "comment")], described)
    raise not_supported(f"the statement {statement.name}")


def _columns(session: Session, statement: Statement) -> list[tuple[str, str]]:
    parts = [part.strip('"`').lower() for part in re.findall(r'"[^"]+"|`[^`]+`|\w+', statement.arguments["table"])]
    database = parts[0] if len(parts) > 1 else statement.arguments.get("database", session.database or "")
    if not database:
        raise QueryFailure("MISSING_SCHEMA_NAME", f"Schema must be specified for {CATALOG}")
    table = session.catalog.table(TableName(database.lower(), parts[-1]))
    return table.columns + table.partition_keys


def _one_column(name: str, values: Iterable[str]) -> Answer:
    return Answer([column_info(name, "VARCHAR")], ([value] for value in values))
