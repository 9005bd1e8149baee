"""The words of a dataset declaration. Standard library only: stacks, jobs and the command line all read it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
PROVENANCE = ("record_id", "source_file", "run_id", "loaded_at")
RESERVED_TABLES = ("ledger", "maintenance")
RESERVED_FLOWS = ("maintenance",)
# What a rule may say besides columns, numbers and 'texts': all of it means the same in Spark, Trino and DuckDB.
PREDICATE_WORDS = (
    "and", "or", "not", "in", "is", "null", "between", "like", "true", "false", "case", "when", "then", "else", "end", "interval",
    "year", "month", "day", "hour", "minute", "second", "date", "timestamp", "length", "lower", "upper", "trim", "abs", "coalesce",
)  # fmt: skip
_QUOTED = re.compile("'[^']*'")
_COMMENT = re.compile(r"--|/[*]|[*]/")
DECIMAL_COMMA = "0,0"
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LITERAL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]+([.][0-9]+)?")
_REMOVED = dict.fromkeys(map(ord, " \n+-*/%=<>!(),"))


class Type(StrEnum):
    """Column types, by their names in Spark SQL. Date-times are local and without a zone."""

    TEXT = "string"
    INTEGER = "int"
    LONG = "bigint"
    DOUBLE = "double"
    DECIMAL = "decimal(18,4)"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp_ntz"


class DeclarationError(ValueError):
    """A declaration that cannot work: says which, where and what would."""


class OnFailure(StrEnum):
    """What becomes of a row that breaks a rule: refused, told only, or the whole run fails before anything is written."""

    QUARANTINE = "quarantine"
    HALT = "halt"
    WARN = "warn"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A quality rule over the typed columns of one row: `check` is an SQL predicate in the words that Spark and Trino share.

    A row breaks the rule only where `check` is false: unknown (null) passes, as in SQL's own CHECK.
    """

    name: str
    check: str
    on_failure: OnFailure | str = OnFailure.QUARANTINE
    description: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise DeclarationError(f"rule {self.name!r}: use lower case letters, digits and _")
        if self.on_failure not in tuple(OnFailure):
            raise DeclarationError(f"rule {self.name!r}: on_failure is {self.on_failure!r}; allowed is one of {', '.join(OnFailure)}")

    def complaint(self, columns: Iterable[str]) -> str:
        """Why the check cannot be a predicate over these columns; empty if it can."""
        if left := _LITERAL.sub(" ", _QUOTED.sub(" ", self.check)).translate(_REMOVED).strip():
            return f"{left!r} is none of the signs of a predicate"
        plain = _QUOTED.sub(" ", self.check)
        if comment := _COMMENT.search(plain):
            return f"{comment.group()!r} is none of the signs of a predicate"
        words = set(_WORD.findall(plain))
        if unknown := sorted(word for word in words - set(columns) if word.lower() not in PREDICATE_WORDS):
            return f"{', '.join(unknown)} is neither a column nor one of the words {' '.join(PREDICATE_WORDS)}"
        if not words & set(columns):
            return "it names no column"
        depths = list(accumulate((sign == "(") - (sign == ")") for sign in plain))
        return "its brackets do not match" if not depths or min(depths) < 0 or depths[-1] else ""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a cleaned table.

    `source` is the header name in the files (the column's own name if empty). `format` is a Spark date-time
    pattern, needed for dates and timestamps; a time that says how far it is from UTC (`XXX`) is kept in UTC.
    A double with `format="0,0"` has a comma before its decimals.
    `required` refuses the row when the value is missing. `pii` marks personal data.
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
        if self.type is Type.DOUBLE:
            if self.format not in ("", DECIMAL_COMMA):
                raise DeclarationError(f"column {self.name!r}: format is {self.format!r}; of a double allowed is {DECIMAL_COMMA!r} or none")
        elif (self.type in (Type.DATE, Type.TIMESTAMP)) != bool(self.format):
            raise DeclarationError(f"column {self.name!r} of type {self.type}: a format belongs to dates, timestamps and doubles only")

    @property
    def header(self) -> str:
        """The column's name in the files' header."""
        return self.source or self.name


@dataclass(frozen=True, kw_only=True)
class Publication:
    """A copy of the cleaned table for tools that read files: uncompressed CSV with a header, as table `curated.<name>`.

    Columns flagged as personal data stay out unless `pii` asks for them; then they hold keyed hashes.
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
    rules: tuple[Rule, ...] = ()
    published: tuple[Publication, ...] = ()
    flow: str = ""

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        headers = [column.header for column in self.columns] + list(self.dropped)
        twice = sorted({n for n in names if names.count(n) > 1} | {h for h in headers if headers.count(h) > 1})
        if not NAME.fullmatch(self.name) or self.name in RESERVED_TABLES:
            raise DeclarationError(f"dataset {self.name!r}: use lower case letters, digits and _, and none of {', '.join(RESERVED_TABLES)}")
        if self.flow_name in RESERVED_FLOWS:
            raise DeclarationError(f"dataset {self.name!r}: flow {self.flow_name!r} is the platform's own; choose another name")
        if twice:
            raise DeclarationError(f"dataset {self.name!r}: {', '.join(twice)} stands there twice")
        if not any(column.required for column in self.columns):
            raise DeclarationError(f"dataset {self.name!r}: at least one column must be required, or an empty row would be a record")
        timestamps = [column.name for column in self.columns if column.type is Type.TIMESTAMP and column.required]
        if self.months_of and self.months_of not in timestamps:
            raise DeclarationError(f"dataset {self.name!r}: months_of must name a required timestamp column, one of {timestamps}")
        rules = [rule.name for rule in self.rules]
        if repeated := sorted({name for name in rules if rules.count(name) > 1}):
            raise DeclarationError(f"dataset {self.name!r}: rule {', '.join(repeated)} stands there twice")
        for rule in self.rules:
            if why := rule.complaint(names):
                raise DeclarationError(f"dataset {self.name!r}: rule {rule.name!r} checks {rule.check!r}: {why}")

    @property
    def flow_name(self) -> str:
        """The flow that refreshes this dataset: its own, unless it says otherwise."""
        return self.flow or self.name

    def column(self, name: str) -> Column:
        """The column of that name; KeyError if there is none."""
        return {column.name: column for column in self.columns}[name]
