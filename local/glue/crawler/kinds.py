"""Column types while a crawl looks at data, and how those of several records become one.

A type is Hive's name for it, a dict of fields for a struct, or a list with the type of its elements for an array. The empty
name means that no value has been seen; it gives way to every other type, and is `string` in the end.
"""

from typing import Any

Kind = Any  # str | dict[str, Kind] | list[Kind]
Columns = dict[str, Kind]

UNSEEN = ""
TEXT = "string"
_WIDENING = ("tinyint", "smallint", "int", "bigint", "float", "double")


def merged(one: Kind, other: Kind) -> Kind:
    """The type that holds values of both; text where no other does."""
    if one in (UNSEEN, other):
        return other
    if other == UNSEEN:
        return one
    if isinstance(one, dict) and isinstance(other, dict):
        return merged_columns(one, other)
    if isinstance(one, list) and isinstance(other, list):
        return [merged(one[0], other[0])]
    if one in _WIDENING and other in _WIDENING:
        return max(one, other, key=_WIDENING.index)
    return TEXT


def merged_columns(one: Columns, other: Columns) -> Columns:
    """Columns of both by name, those of `one` first."""
    return {name: merged(one.get(name, UNSEEN), other.get(name, UNSEEN)) for name in [*one, *(n for n in other if n not in one)]}


def text(kind: Kind) -> str:
    """Hive's name of a type."""
    if isinstance(kind, dict):
        return "struct<" + ",".join(f"{name}:{text(each)}" for name, each in kind.items()) + ">" if kind else TEXT
    if isinstance(kind, list):
        return f"array<{text(kind[0])}>"
    return kind or TEXT
