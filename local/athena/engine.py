"""One query on one DuckDB connection: plan the files, translate the SQL, run it, hand the rows over.

A connection lives for one query: what it read is its own (DuckDB's cache of remote files is off, so bytes are really
read and really counted), it sees no local file, and it may be interrupted from another thread.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
from sqlglot import exp

from local.athena import hive, iceberg, macros, metadata, names, translate, views
from local.athena.catalog import Catalog, GlueTable
from local.athena.column_types import column_info, with_lengths
from local.athena.errors import explained
from local.athena.failures import QueryFailure, not_supported
from local.athena.lake import LakeFiles, LakeIO
from local.athena.lengths import lengths
from local.athena.statement import Statement
from local.athena.text import formatter

BATCH, ARROW_BATCH = 5000, 100_000
_SETTINGS = (
    "memory_limit='1GB'", "threads=2", "temp_directory=''", "enable_external_file_cache=false", "default_null_order='nulls_last'",
    "TimeZone='UTC'", "ieee_floating_point_ops=true", "autoinstall_known_extensions=false", "autoload_known_extensions=false",
    "preserve_insertion_order=true", "disabled_filesystems='LocalFileSystem'", "lock_configuration=true",
)  # fmt: skip
Columns = list[tuple[str, str]]
Column = tuple[str | None, Any]  # a column of a result: its label, if it has one, and its DuckDB type
Found = TypeVar("Found")


@dataclass
class Session:
    """What one query works with: the caller's clients, the default database, and the bytes it may scan (0 = any)."""

    s3: Any
    glue: Any
    database: str | None = None
    cutoff: int = 0
    planning_millis: int | None = None
    stopped: bool = False
    files: LakeFiles = field(init=False)
    connection: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        self.files = LakeFiles(self.s3, limit=self.cutoff)
        self.catalog = Catalog(self.glue)
        self.connection = duckdb.connect(":memory:")
        self.connection.register_filesystem(self.files)
        for setting in _SETTINGS:
            self.connection.execute(f"set {setting}")

    def stop(self) -> None:
        """Stop what runs, from another thread."""
        self.stopped = True
        self.connection.interrupt()

    def go_on(self) -> None:
        """Raise QueryFailure if the query was stopped: to be asked before every step that others can see."""
        if self.stopped:
            raise QueryFailure("", "Query cancelled by user")


@dataclass(frozen=True)
class Answer:
    """A result: column descriptions and rows as text (read once), the number of rows changed (None where AWS names none).

    `written` are the files of a statement that writes, `manifest` says whether they are listed, `body` whether rows are kept.
    """

    columns: list[dict[str, Any]]
    rows: Iterator[list[str | None]]
    updated: int | None = 0
    written: tuple[str, ...] = ()
    manifest: bool = False
    body: bool = True


@dataclass(frozen=True)
class Plan:
    """A query that is ready to run, and its columns."""

    statement: Statement
    columns: list[Column]
    relation: duckdb.DuckDBPyRelation


def run(session: Session, statement: Statement) -> Answer:
    """Run a query for its rows as text. Raises QueryFailure, also while rows are read."""
    sql, tree = _planned(session, statement)
    result = _guarded(session, statement, lambda: session.connection.execute(sql))
    described = _columns(statement, tree, [(name, kind) for name, kind, *_ in result.description or []])
    kinds = [kind for _, kind in described]
    columns = [column_info(f"_col{i}" if label is None else label, kind) for i, (label, kind) in enumerate(described)]

    def rows() -> Iterator[list[str | None]]:
        shows = [formatter(kind) for kind in kinds]
        while batch := _guarded(session, statement, lambda: result.fetchmany(BATCH)):
            for row in batch:
                yield [None if value is None else show(value) for value, show in zip(row, shows, strict=True)]

    return Answer(columns, rows())


def plan(session: Session, statement: Statement) -> Plan:
    """A query that is checked, its files chosen and its columns known, and that has not run. Raises QueryFailure."""
    sql, tree = _planned(session, statement)
    relation = _guarded(session, statement, lambda: session.connection.sql(sql))
    return Plan(statement, _columns(statement, tree, list(zip(relation.columns, relation.types, strict=True))), relation)


def batches(session: Session, planned: Plan) -> Iterator[pa.RecordBatch]:
    """Run a query for its rows as Arrow. Raises QueryFailure, also when it was stopped."""
    reader = _guarded(session, planned.statement, lambda: planned.relation.to_arrow_reader(ARROW_BATCH))
    while (batch := _guarded(session, planned.statement, lambda: next(reader, None))) is not None:
        session.go_on()
        yield batch
    session.go_on()


def _planned(session: Session, statement: Statement) -> tuple[str, exp.Expr]:
    tree, began = _tree(statement), time.monotonic()
    described = _guarded(session, statement, lambda: _views(session, tree))
    sql = _guarded(session, statement, lambda: translate.to_duckdb(tree, statement, described))
    if macros.needed(sql):
        macros.define(session.connection)
    if described:
        session.planning_millis = int((time.monotonic() - began) * 1000)
    return sql, tree


def _guarded(session: Session, statement: Statement, step: Callable[[], Found]) -> Found:
    try:
        return step()
    except (duckdb.Error, OSError) as error:
        raise session.files.failure or explained(error, statement) from error


def describe(session: Session, statement: Statement) -> list[Column]:
    """The columns (label, DuckDB type) of a statement's query, which is checked and not run. Raises QueryFailure."""
    tree = _tree(statement)
    described = _guarded(session, statement, lambda: translate.describe(tree, statement, _views(session, tree, read=False)))
    return _columns(statement, tree, described)


def _columns(statement: Statement, tree: exp.Expr, described: list[tuple[str, Any]]) -> list[Column]:
    labels = translate.labels((name for name, _ in described), unnamed=isinstance(tree, exp.Values))
    kinds = with_lengths([kind for _, kind in described], lengths(_tree(statement)))
    return list(zip(labels, kinds, strict=True))


def _tree(statement: Statement) -> exp.Expr:
    if statement.tree is None:
        raise not_supported("a statement without a query")
    return statement.tree.copy()


def _views(session: Session, tree: exp.Expr, *, read: bool = True) -> dict[str, Columns]:
    """Put a DuckDB view in the place of every table of `tree`; returns the views' columns (name, DuckDB type)."""
    views.expand(tree, session.catalog, session.database)
    described: dict[str, Columns] = {}
    for number, node in enumerate(names.tables(tree)):
        name, part = names.resolve(node, session.database)
        table = session.catalog.table(name, names.position(node))
        columns, relation = metadata.relation(session, table, node, part) if part else _relation(session, table, node, read=read)
        view = f"table {number}"
        if read:
            session.connection.execute(f'create view "{view}" as {relation}')
        names.as_view(node, view)
        described[view] = columns
    names.shorten_columns(tree)
    return described


def _relation(session: Session, table: GlueTable, node: exp.Table, *, read: bool) -> tuple[Columns, str]:
    if table.is_iceberg:
        opened = iceberg.open_table(table, LakeIO(session.s3))
        columns = iceberg.columns(iceberg.schema_of(opened, node))
        if not read:
            return columns, ""
        relation, sizes = iceberg.relation(opened, node)
        session.files.sizes.update(sizes)
        return columns, relation
    if node.args.get("version"):
        raise QueryFailure("NOT_SUPPORTED", "This connector does not support versioned tables", names.position(node))
    reader = hive.Reader(table, node, session.files, session.connection)
    return hive.columns(table), hive.relation(reader, session.catalog) if read else ""
