"""The words of a dataset declaration. Standard library only: stacks, jobs and the command line all read it."""

import re
from dataclasses import dataclass
from enum import StrEnum

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
PROVENANCE = ("record_id", "source_file", "run_id", "loaded_at")
RESERVED_TABLES = ("ledger",)


class Type(StrEnum):
    """Column types, by their names in Spark SQL. Date-times are local and without a zone."""

    TEXT = "string"
    INTEGER = "int"
    LONG = "bigint"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp_ntz"


class DeclarationError(ValueError):
    """A declaration that cannot work: says which, where and what would."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a cleaned table.

    `source` is the header name in the files (the column's own name if empty). `format` is a Spark date-time
    pattern, needed for dates and timestamps. `required` refuses the row when the value is missing. `pii` marks
    personal data.
    """

    name: str
    type: Type = Type.TEXT
    source: str = ""
    format: str = ""
    required: bool = False
    pii: bool = False
    description: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name) or self.name in PROVENANCE:
            raise DeclarationError(f"column {self.name!r}: use lower case letters, digits and _, and none of {', '.join(PROVENANCE)}")
        if (self.type in (Type.DATE, Type.TIMESTAMP)) != bool(self.format):
            raise DeclarationError(f"column {self.name!r} of type {self.type}: a format belongs to dates and timestamps, and to those only")

    @property
    def header(self) -> str:
        """The column's name in the files' header."""
        return self.source or self.name


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A copy of the cleaned table for tools that read files: uncompressed CSV with a header, as table `curated.<name>`.

    Columns flagged as personal data stay out unless `pii` asks for them.
    """

    name: str
    description: str = ""
    pii: bool = False


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Files of one shape, the typed table they become, and the flow that refreshes it.

    `dropped` names headers that files may carry and the table does not. `months_of` names the timestamp whose
    months are the table's partitions (none: not partitioned). Header names absent from a file become nulls.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    dropped: tuple[str, ...] = ()
    months_of: str = ""
    published: tuple[Publication, ...] = ()
    flow: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        headers = [column.header for column in self.columns] + list(self.dropped)
        twice = sorted({n for n in names if names.count(n) > 1} | {h for h in headers if headers.count(h) > 1})
        if not NAME.fullmatch(self.name) or self.name in RESERVED_TABLES:
            raise DeclarationError(f"dataset {self.name!r}: use lower case letters, digits and _, and none of {', '.join(RESERVED_TABLES)}")
        if twice:
            raise DeclarationError(f"dataset {self.name!r}: {', '.join(twice)} stands there twice")
        if not any(column.required for column in self.columns):
            raise DeclarationError(f"dataset {self.name!r}: at least one column must be required, or an empty row would be a record")
        timestamps = [column.name for column in self.columns if column.type is Type.TIMESTAMP and column.required]
        if self.months_of and self.months_of not in timestamps:
            raise DeclarationError(f"dataset {self.name!r}: months_of must name a required timestamp column, one of {timestamps}")

    @property
    def flow_name(self) -> str:
        """The flow that refreshes this dataset: its own, unless it says otherwise."""
        return self.flow or self.name

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]
