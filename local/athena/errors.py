"""From DuckDB's errors to Athena's: the same mistake, in the words and with the code that Athena uses.

The translation marks its own checks by texts between two SIGNs that cannot be cast (`macros`): they are recognised here.
"""

import re
from collections.abc import Callable

import duckdb
from sqlglot import exp

from local.athena.failures import QueryFailure
from local.athena.macros import SIGN
from local.athena.names import position
from local.athena.statement import Statement
from local.athena.trino import in_trino

Tree = exp.Expr | None
_TYPE_NAMES = {
    "INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint", "DOUBLE": "double", "BOOL": "boolean", "FLOAT": "real",
}  # fmt: skip


def explained(error: Exception, statement: Statement) -> QueryFailure:
    """The QueryFailure for an error of DuckDB."""
    text = str(error)
    if "Division by zero" in text:
        return QueryFailure("DIVISION_BY_ZERO", "Division by zero")
    for pattern, build in _PATTERNS:
        if match := re.search(pattern, text, re.S):
            return build(match, statement.tree)
    return _by_kind(error, text)


def _own_check(match: re.Match[str], _: Tree) -> QueryFailure:
    return QueryFailure(match[1], match[2])


def _no_column(match: re.Match[str], tree: Tree) -> QueryFailure:
    return column_not_found(match[1], tree)


def _no_column_of(match: re.Match[str], tree: Tree) -> QueryFailure:
    return column_not_found(f"{match[1]}.{match[2]}", tree)


def _no_table(match: re.Match[str], tree: Tree) -> QueryFailure:
    name = match[1].lower()
    column = next((c for c in tree.find_all(exp.Column) if c.table.lower() == name), None) if tree else None
    return column_not_found(column.sql("athena").replace('"', "") if column else name, tree)


def _ambiguous(match: re.Match[str], tree: Tree) -> QueryFailure:
    return QueryFailure("AMBIGUOUS_NAME", f"Column '{match[1].lower()}' is ambiguous", _identifier(match[1], tree))


def _bad_moment(match: re.Match[str], _: Tree) -> QueryFailure:
    return QueryFailure("INVALID_CAST_ARGUMENT", f"Value cannot be cast to {match[1]}: {match[2].rstrip(SIGN)}")


def _not_aggregated(match: re.Match[str], tree: Tree) -> QueryFailure:
    text = f"'{match[1]}' must be an aggregate expression or appear in GROUP BY clause"
    return QueryFailure("EXPRESSION_NOT_AGGREGATE", text, _identifier(match[1], tree))


def _bad_cast(match: re.Match[str], _: Tree) -> QueryFailure:
    text, kind = match[1], match[2]
    bare = text.rstrip(SIGN)
    # DuckDB calls its milliseconds INT64 too: such a text has no sign, or two (macros).
    if kind == "INT64" and (text.endswith(SIGN * 2) or (bare == text and not bare.lstrip("+-").isdigit())):
        return QueryFailure("INVALID_CAST_ARGUMENT", f"Value cannot be cast to timestamp: {bare}")
    return QueryFailure("INVALID_CAST_ARGUMENT", f"Cannot cast '{bare}' to {_TYPE_NAMES.get(kind, kind)}")


def _many_rows(_: re.Match[str], __: Tree) -> QueryFailure:
    return QueryFailure("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows")


def _no_cast(match: re.Match[str], _: Tree) -> QueryFailure:
    return QueryFailure("TYPE_MISMATCH", f"Cannot cast {in_trino(match[1])} to {in_trino(match[2])}")


def _no_function(match: re.Match[str], _: Tree) -> QueryFailure:
    name, kinds = match[1], ", ".join(_kind(kind) for kind in re.split(r",\s*(?![^(]*\))", match[2]))
    if name.strip("~*!") == "":
        left, _comma, pattern = kinds.partition(", ")
        side, kind = ("Pattern for", pattern) if left == "varchar" else ("Left side of", left)
        return QueryFailure("TYPE_MISMATCH", f"{side} LIKE expression must evaluate to a varchar (actual: {kind})")
    return QueryFailure("FUNCTION_NOT_FOUND", f"Unexpected parameters ({kinds}) for function {name}.")


def _kind(kind: str) -> str:
    return {"STRING_LITERAL": "varchar", "INTEGER_LITERAL": "integer"}.get(kind, in_trino(kind))


def column_not_found(name: str, tree: Tree) -> QueryFailure:
    """COLUMN_NOT_FOUND at the place where `name` stands in the query."""
    message = f"Column '{name.lower()}' cannot be resolved or requester is not authorized to access requested resources"
    return QueryFailure("COLUMN_NOT_FOUND", message, _identifier(name, tree))


def _by_kind(error: Exception, text: str) -> QueryFailure:
    first = re.sub(r"^\w[\w ]*Error: ", "", text.partition("\n")[0])
    match error:
        case duckdb.InterruptException():
            return QueryFailure("", "Query cancelled by user")
        case duckdb.OutOfMemoryException():
            return QueryFailure("EXCEEDED_MEMORY_LIMIT", "Query exceeded the memory of the local Athena (1 GB)")
        case duckdb.OutOfRangeException() | duckdb.ConversionException():
            return QueryFailure("NUMERIC_VALUE_OUT_OF_RANGE" if "ange" in text else "INVALID_CAST_ARGUMENT", first)
        case duckdb.ParserException() | duckdb.CatalogException():
            return QueryFailure("NOT_SUPPORTED", f"{first} (the local Athena cannot run this query)")
    return QueryFailure("SYNTAX_ERROR" if isinstance(error, duckdb.BinderException) else "GENERIC_INTERNAL_ERROR", first)


def _identifier(name: str, tree: Tree) -> tuple[int, int] | None:
    last = name.partition(".")[0].lower()
    found = (node for node in tree.find_all(exp.Identifier) if node.this.lower() == last and "line" in node.meta) if tree else iter(())
    return position(next(found, exp.Identifier(this="")))


_PATTERNS: tuple[tuple[str, Callable[[re.Match[str], Tree], QueryFailure]], ...] = (
    (rf"{SIGN}(\w+): (.*?){SIGN}", _own_check),
    (r'Referenced column "([^"]+)" not found', _no_column),
    (r'"([^"]+)" does not have a column named "([^"]+)"', _no_column_of),
    (r'Ambiguous reference to column name "([^"]+)"', _ambiguous),
    (r'Referenced table "([^"]+)" not found', _no_table),
    (r"Could not convert string '(.*?)' to (\w+)", _bad_cast),
    (r'(date|timestamp) field (?:value out of range|format).*?"(.*?)"', _bad_moment),
    (r'column "([^"]+)" must appear in the GROUP BY', _not_aggregated),
    (r"More than one row returned by a subquery", _many_rows),
    (r"Unimplemented type for cast \((.+?) -> (.+?)\)", _no_cast),
    (r"No function matches the given name and argument types '([^(']+)\((.*?)\)'\. ", _no_function),
)
