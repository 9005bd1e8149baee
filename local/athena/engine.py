"""One query on one DuckDB connection: plan the files, translate the SQL, run it, hand the rows over as text.

A connection lives for one query: what it read is its own (DuckDB's cache of remote files is off, so bytes are really
read and really counted), it sees no local file, and it may be interrupted from another thread.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlglot import exp

from local.athena import hive, iceberg, macros, names, translate
from local.athena.catalog import Catalog, GlueTable
from local.athena.column_types import column_info
from local.athena.errors import explained
from local.athena.failures import QueryFailure, not_supported
from local.athena.lake import LakeFiles, LakeIO
from local.athena.parse import Statement
from local.athena.text import formatter

BATCH = 5000
_SETTINGS = (
    "memory_limit='1GB'", "threads=2", "temp_directory=''", "enable_external_file_cache=false", "default_null_order='nulls_last'",
    "TimeZone='UTC'", "ieee_floating_point_ops=true", "autoinstall_known_extensions=false", "autoload_known_extensions=false",
    "preserve_insertion_order=true", "disabled_filesystems='LocalFileSystem'", "lock_configuration=true",
)  # fmt: skip


@dataclass
class Session:
    """What one query works with: the caller's clients, the default database, and the bytes it may scan (0 = any)."""

    s3: Any
    glue: Any
    database: str | None = None
    cutoff: int = 0
    files: LakeFiles = field(init=False)
    connection: duckdb.DuckDBPyConnection = field(init=False)

    def __post_init__(self) -> None:
        self.files = LakeFiles(self.s3, limit=self.cutoff)
        self.catalog = Catalog(self.glue)
        self.connection = duckdb.connect(":memory:")
        self.connection.register_filesystem(self.files)
        for setting in _SETTINGS:
            self.connection.execute(f"set {setting}")


@dataclass(frozen=True)
class Answer:
    """A running result: column descriptions and rows as text, read once."""

    columns: list[dict[str, Any]]
    rows: Iterator[list[str | None]]


def run(session: Session, statement: Statement) -> Answer:
    """Run a SELECT. Raises QueryFailure, also while rows are read."""
    if statement.tree is None:
        raise not_supported("a statement without a query")
    tree = statement.tree.copy()
    try:
        empty = _views(session, tree)
        sql = translate.to_duckdb(tree, statement, empty)
        if macros.needed(sql):
            macros.define(session.connection)
        result = session.connection.execute(sql)
        described = [(name, kind) for name, kind, *_ in result.description]
    except (duckdb.Error, OSError) as error:
        raise session.files.failure or explained(error, statement) from error
    labels = translate.labels((name for name, _ in described), unnamed=isinstance(tree, exp.Values))
    columns = [column_info(name, kind) for name, (_, kind) in zip(labels, described, strict=True)]
    return Answer(columns, _rows(session, statement, result, [formatter(kind) for _, kind in described]))


def _rows(session: Session, statement: Statement, result: Any, shows: list[Any]) -> Iterator[list[str | None]]:
    while True:
        try:
            batch = result.fetchmany(BATCH)
        except (duckdb.Error, OSError) as error:
            raise session.files.failure or explained(error, statement) from error
        if not batch:
            return
        for row in batch:
            yield [None if value is None else show(value) for value, show in zip(row, shows, strict=True)]


def _views(session: Session, tree: exp.Expr) -> dict[str, list[tuple[str, str]]]:
    """Put a view in the place of every table of `tree`; returns the views' columns (name, DuckDB type)."""
    described: dict[str, list[tuple[str, str]]] = {}
    for number, node in enumerate(names.tables(tree)):
        name = names.resolve(node, session.database)
        table = session.catalog.table(name, names.position(node))
        columns, relation, sizes = _relation(session, table, node)
        session.files.sizes.update(sizes)
        view = f"table {number}"
        session.connection.execute(f'create view "{view}" as {relation}')
        names.as_view(node, view)
        described[view] = columns
    names.shorten_columns(tree)
    return described


def _relation(session: Session, table: GlueTable, node: exp.Table) -> tuple[list[tuple[str, str]], str, dict[str, int]]:
    if table.is_view:
        raise not_supported(f"the view {table.name}")
    if table.is_iceberg:
        opened = iceberg.open_table(table, LakeIO(session.s3))
        relation, sizes = iceberg.relation(opened, node)
        return iceberg.columns(iceberg.schema_of(opened, node)), relation, sizes
    if node.args.get("version"):
        raise QueryFailure("NOT_SUPPORTED", "This connector does not support versioned tables", names.position(node))
    reader = hive.Reader(table, node, session.files, session.connection)
    return hive.columns(table), hive.relation(reader, session.catalog), {}
