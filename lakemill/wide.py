"""Datasets and results that live in tables of Amazon Keyspaces: what the words of a declaration mean there.

A wide dataset is loaded row by row, not kept as files. The same declaration gives the table, the loader and the export.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lakemill.declare import NAME, Dataset, DeclarationError, Type

CQL = {
    Type.TEXT: "text",
    Type.INTEGER: "int",
    Type.LONG: "bigint",
    Type.DOUBLE: "double",
    Type.DECIMAL: "decimal",
    Type.BOOLEAN: "boolean",
    Type.DATE: "date",
    Type.TIMESTAMP: "timestamp",
}
# Where a row came from: the file, and the line it begins in. Both are part of its key, so that no line replaces another.
PLACE = MappingProxyType({"source_file": "text", "line": "int"})


def keyspace_name(env: str) -> str:
    """The keyspace of an environment."""
    return f"lakemill_{env}"


@dataclass(frozen=True, kw_only=True)
class WideTable:
    """A table of Keyspaces: columns with their CQL types, those whose values choose the partition, and those that order its rows."""

    name: str
    columns: Mapping[str, str]
    partition: tuple[str, ...]
    clustering: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or len(self.name) > 48:
            raise DeclarationError(f"table {self.name!r}: Keyspaces takes up to 48 lower case letters, digits and _")
        if not self.partition or len(set(self.key)) < len(self.key):
            raise DeclarationError(f"table {self.name!r}: the key must name at least one partition column, and no column twice")
        if unknown := [name for name in self.key if name not in self.columns]:
            raise DeclarationError(
                f"table {self.name!r}: {', '.join(unknown)} of its key is no column; there are {', '.join(self.columns)}"
            )

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return (*self.partition, *self.clustering)

    def insert(self, keyspace: str) -> str:
        """The statement that writes a row, values in the order of the columns."""
        marks = ", ".join("?" for _ in self.columns)
        return f"insert into {keyspace}.{self.name} ({', '.join(self.columns)}) values ({marks})"

    def select_range(self, keyspace: str) -> str:
        """The statement that reads the rows between two tokens."""
        token = f"token({', '.join(self.partition)})"
        return f"select {', '.join(self.columns)} from {keyspace}.{self.name} where {token} > ? and {token} <= ?"


@dataclass(frozen=True, kw_only=True)
class WideDataset(Dataset):
    """A dataset kept in table `table`, partitioned by the columns `together`; rows of a partition are told apart by file and line.

    `headers` gives other names that files have for a column, `formats` the styles of its dates, as `strptime` writes them, and
    `ids` names text columns in which 17850.0 is meant as 17850. Files are UTF-8; bytes that are not are letters of `fallback`.
    """

    table: str
    together: tuple[str, ...]
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    formats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ids: tuple[str, ...] = ()
    fallback: str = "latin-1"

    def __post_init__(self) -> None:
        super().__post_init__()
        names = {column.name for column in self.columns}
        if unknown := sorted({*self.headers, *self.formats, *self.ids, *self.together} - names):
            raise DeclarationError(f"dataset {self.name!r}: {', '.join(unknown)} is no column of it")
        if loose := [name for name in self.together if not self.column(name).required]:
            raise DeclarationError(f"dataset {self.name!r}: {', '.join(loose)} chooses the partition, so it must be required")
        timed = [column.name for column in self.columns if column.type in (Type.DATE, Type.TIMESTAMP)]
        if without := [name for name in timed if not self.formats.get(name)]:
            raise DeclarationError(f"dataset {self.name!r}: {', '.join(without)} needs the styles of its dates in formats")
        every = [name for column in self.columns for name in self.names_of(column.name)]
        if twice := sorted({name for name in every if every.count(name) > 1}):
            raise DeclarationError(f"dataset {self.name!r}: header {', '.join(twice)} stands for two columns")
        self.wide()

    def names_of(self, column: str) -> tuple[str, ...]:
        """What files may call a column."""
        return (self.column(column).header, *self.headers.get(column, ()))

    def wide(self) -> WideTable:
        """The table that holds the dataset."""
        columns = {column.name: CQL[column.type] for column in self.columns}
        return WideTable(name=self.table, columns={**columns, **PLACE}, partition=self.together, clustering=tuple(PLACE))


LOADS = WideTable(
    name="loads",
    columns={
        "dataset": "text", "source_file": "text", "sha256": "text", "state": "text", "line": "int", "rows_in": "int",
        "rows_loaded": "int", "rows_refused": "int", "changed_at": "timestamp",
    },
    partition=("dataset",),
    clustering=("source_file",),
)  # fmt: skip
REFUSED = WideTable(
    name="refused_lines",
    columns={"dataset": "text", "source_file": "text", "line": "int", "reason": "text", "raw": "text"},
    partition=("dataset", "source_file"),
    clustering=("line",),
)
