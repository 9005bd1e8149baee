"""Drift: where what a crawler has found in the files differs from what their dataset declares.

Dates, timestamps and texts are texts in files, and a crawler may well take a text for a number: neither is drift. Drift is a
column that nobody declared, a declared one that no file has, and a number that is none.
"""

from collections.abc import Mapping

from lakemill.declare import Column, Dataset, Type

WHOLE, FRACTIONS = ("tinyint", "smallint", "int", "bigint"), ("float", "double")
HOLDS: Mapping[Type, tuple[str, ...]] = {
    Type.INTEGER: WHOLE,
    Type.LONG: WHOLE,
    Type.DOUBLE: (*WHOLE, *FRACTIONS),
    Type.BOOLEAN: ("boolean",),
}


def drift(dataset: Dataset, found: Mapping[str, str]) -> tuple[str, ...]:
    """What differs, a sentence each, given the catalog's types by column; empty if nothing does."""
    headers = {column.header.lower(): column for column in dataset.columns}
    dropped = {name.lower() for name in dataset.dropped}
    unknown = [f"{name} is in the files and not declared" for name in found if name not in headers and name not in dropped]
    return (*unknown, *(said for name, column in headers.items() if (said := _said(column, found.get(name, "")))))


def _said(column: Column, found: str) -> str:
    if not found:
        return f"{column.header} is declared" + (" and required," if column.required else "") + " and in no file"
    texts = ("string",) if column.type is Type.DOUBLE and column.format else ()  # a crawler takes 7,5 for a text
    if found in (*HOLDS.get(column.type, (found,)), *texts):
        return ""
    return f"{column.header} is declared {column.type} and holds other values: found {found}"
