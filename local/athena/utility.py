"""Statements that ask about the catalog instead of the data: SHOW and DESCRIBE, with the rows as Athena lays them out.

A row is one text: its parts are joined by tabs, and for Hive tables padded to 20 letters.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from local.athena import show_create, views
from local.athena.catalog import CATALOG, GlueTable, TableName
from local.athena.column_types import text_column
from local.athena.engine import Answer, Session
from local.athena.failures import QueryFailure, Refusal, not_supported
from local.athena.job import Job
from local.athena.layouts import described, padded
from local.athena.statement import Statement

_PART = re.compile(r'"[^"]+"|`[^`]+`|\w+')
SYSTEM, NO_DATABASE = 1, 1502


def run(job: Job) -> Answer:
    """The answer of a utility statement. Raises QueryFailure."""
    return _RUN[job.statement.name](job.session, job.statement)


def check(session: Session, statement: Statement) -> None:
    """Refuse to describe what is not there, before there is an execution, as AWS does. Raises Refusal."""
    if statement.name not in ("DESCRIBE_TABLE", "SHOW_COLUMNS"):
        return
    try:
        _table(session, statement)
    except QueryFailure as failure:
        if failure.code in ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"):
            source = "(Service: AmazonDataCatalog; Status Code: 400; Error Code: EntityNotFoundException)"
            raise Refusal(f"Entity Not Found {source}", "INVALID_INPUT") from None


def _databases(session: Session, statement: Statement) -> Answer:
    pattern = statement.arguments.get("pattern", "*")
    wanted = re.compile(".*" if pattern == "*" else pattern)
    return _listed("database_name", (name for name in session.catalog.databases() if wanted.fullmatch(name)))


def _tables(session: Session, statement: Statement) -> Answer:
    return _listed("tab_name", _matching(session, statement, views_only=False))


def _views(session: Session, statement: Statement) -> Answer:
    return _listed("views", _matching(session, statement, views_only=True))


def _matching(session: Session, statement: Statement, *, views_only: bool) -> Iterator[str]:
    database = statement.arguments.get("database", session.database or "default").lower()
    wanted = re.compile(re.sub(r"(?<!\.)\*", ".*", statement.arguments.get("pattern", "*")))
    try:
        found = session.catalog.tables(database)
    except QueryFailure as failure:
        if failure.code != "SCHEMA_NOT_FOUND":
            raise
        text = f"FAILED: SemanticException [Error 10072]: Database does not exist: {database}"
        raise QueryFailure("", text, kind=NO_DATABASE, category=SYSTEM) from None
    return (table.name.table for table in found if wanted.fullmatch(table.name.table) and (table.is_view or not views_only))


def _columns(session: Session, statement: Statement) -> Answer:
    table = _table(session, statement)
    names = [name for name, _ in table.columns + table.partition_keys]
    return _listed("field", names if table.is_iceberg or table.is_view else map(padded, names))


def _describe(session: Session, statement: Statement) -> Answer:
    table = _table(session, statement)
    if table.is_view:
        listed = (f"{column['name']}\t{column['type']}" for column in views.decoded(table)["columns"])
        return Answer([text_column("column"), text_column("type")], ([row] for row in listed))
    columns = [text_column(name) for name in ("col_name", "data_type", "comment")]
    return Answer(columns, ([row] for row in described(session, table)), updated=0 if table.is_iceberg else None)


def _partitions(session: Session, statement: Statement) -> Answer:
    table = _table(session, statement)
    if table.is_iceberg or not table.partition_keys:
        raise not_supported(f"SHOW PARTITIONS of {table.name}, which has no partitions in Glue")
    names = [name for name, _ in table.partition_keys]
    found = (part["Values"] for part in session.catalog.partitions(table.name))
    return _listed("partition", sorted("/".join(f"{name}={value}" for name, value in zip(names, values, strict=True)) for values in found))


def _properties(session: Session, statement: Statement) -> Answer:
    found = _table(session, statement).parameters
    key = statement.arguments.get("key")
    if key is not None:
        return _listed("prpt_name", [found[key]] if key in found else [])
    return Answer([text_column("prpt_name"), text_column("prpt_value")], ([f"{name}\t{value}"] for name, value in found.items()))


def _create_view(session: Session, statement: Statement) -> Answer:
    table = _table(session, statement)
    if not table.is_view:
        raise QueryFailure("NOT_SUPPORTED", f"Relation '{CATALOG}.{table.name}' is a table, not a view")
    text = f"CREATE VIEW {table.name} AS\n{views.decoded(table)['originalSql']}"
    return _listed("create view", text.split("\n"))


def _create_table(session: Session, statement: Statement) -> Answer:
    table = _table(session, statement)
    shown = _listed("createtab_stmt", show_create.lines(session, table))
    return shown if table.is_iceberg else replace(shown, updated=None)


def _table(session: Session, statement: Statement) -> GlueTable:
    parts = [part.strip('"`').lower() for part in _PART.findall(statement.arguments["table"])]
    if len(parts) == 3 and parts[0] != CATALOG:
        raise QueryFailure("CATALOG_NOT_FOUND", f"Catalog '{parts[0]}' does not exist")
    database = parts[-2] if len(parts) > 1 else statement.arguments.get("database", session.database or "")
    if not database:
        raise QueryFailure("MISSING_SCHEMA_NAME", f"Schema must be specified for {CATALOG}")
    return session.catalog.table(TableName(database.lower(), parts[-1]))


def _listed(name: str, values: Iterable[str]) -> Answer:
    return Answer([text_column(name)], ([value] for value in values))


_RUN: dict[str, Callable[[Session, Statement], Answer]] = {
    "SHOW_DATABASES": _databases, "SHOW_TABLES": _tables, "SHOW_VIEWS": _views, "SHOW_COLUMNS": _columns, "SHOW_PARTITIONS": _partitions,
    "SHOW_TABLE_PROPERTIES": _properties, "SHOW_CREATE_VIEW": _create_view, "SHOW_CREATE_TABLE": _create_table, "DESCRIBE_TABLE": _describe,
}  # fmt: skip
