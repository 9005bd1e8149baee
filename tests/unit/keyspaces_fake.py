"""A session that answers like the driver's, over tables in memory: the real statements of the driver, and what becomes of them."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from cassandra import WriteTimeout
from cassandra.cqltypes import lookup_casstype
from cassandra.protocol import ColumnMetadata
from cassandra.query import BatchStatement, PreparedStatement

from lakemill.wide import WideTable

CASS = {"text": "UTF8Type", "int": "Int32Type", "bigint": "LongType", "double": "DoubleType", "decimal": "DecimalType"}
CASS |= {"timestamp": "TimestampType", "boolean": "BooleanType", "date": "SimpleDateType"}


class Future:
    """An answer that is there at once."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error

    def add_callbacks(self, good: Callable[..., None], bad: Callable[..., None], *, errback_args: tuple[Any, ...]) -> None:
        if self.error:
            bad(self.error, *errback_args)
        else:
            good(None)


class Session:
    """Tables by name, rows by key. `trouble` may give an error for a request, by its number; `requests` are the rows of each."""

    def __init__(self, *tables: WideTable, trouble: Callable[[int], BaseException | None] = lambda _: None) -> None:
        self.tables = {table.name: table for table in tables}
        self.rows: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {name: {} for name in self.tables}
        self.requests: list[int] = []
        self.trouble = trouble
        self.prepared: dict[bytes, tuple[WideTable, Any]] = {}
        self.cluster = SimpleNamespace(metadata=SimpleNamespace(all_hosts=lambda: ["one"]), shutdown=lambda: None)

    def prepare(self, cql: str) -> PreparedStatement:
        table = self.tables[cql.split(".", 1)[1].split(" ", 1)[0]]
        given = cql.partition(" where ")[2].replace(" = ?", "").split(" and ")
        names = list(table.columns) if cql.startswith("insert") else given
        columns = [ColumnMetadata("k", table.name, name, lookup_casstype(CASS[table.columns[name]])) for name in names]
        made = PreparedStatement(columns, str(len(self.prepared)).encode(), [0], cql, "k", 4, [], None)
        self.prepared[made.query_id] = (table, columns)
        return made

    def execute_async(self, statement: Any) -> Future:
        if isinstance(statement, BatchStatement):
            rows = [(name, values) for _, name, values in statement._statements_and_parameters]
        else:
            rows = [(statement.prepared_statement.query_id, statement.values)]
        self.requests.append(len(rows))
        error = self.trouble(len(self.requests))
        for name, values in rows if error is None else ():
            table, row = self._row(name, values)
            places = [list(table.columns).index(each) for each in table.key]
            self.rows[table.name][tuple(row[place] for place in places)] = row
        return Future(error)

    def execute(self, bound: Any) -> list[tuple[Any, ...]]:
        table, given = self._row(bound.prepared_statement.query_id, bound.values)
        cql = bound.prepared_statement.query_string
        wanted = cql.partition(" from ")[0].removeprefix("select ").split(", ")
        kept = [dict(zip(table.columns, row, strict=True)) for row in self.rows[table.name].values()]
        names = [column.name for column in self.prepared[bound.prepared_statement.query_id][1]]
        return [tuple(row[name] for name in wanted) for row in kept if tuple(row[name] for name in names) == given]

    def _row(self, name: bytes, values: Any) -> tuple[WideTable, tuple[Any, ...]]:
        table, columns = self.prepared[name]
        pairs = zip(columns, values, strict=True)
        return table, tuple(None if value is None else column.type.from_binary(value, 4) for column, value in pairs)


def timed_out() -> WriteTimeout:
    """What Keyspaces answers where it is throttled."""
    return WriteTimeout("throttled", write_type=0)
