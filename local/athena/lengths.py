"""How long the texts of a query's columns are, where that can be told: Trino's literals and casts have lengths, DuckDB's do not."""

from itertools import zip_longest

from sqlglot import exp

Length = int | None
_TEXT = exp.DataType.Type.VARCHAR


def lengths(tree: exp.Expr) -> list[Length]:
    """The length of each column's type, None where it has none or cannot be told; empty for a query with a star."""
    match tree:
        case exp.Subquery():
            return lengths(tree.this)
        case exp.SetOperation():
            return [_longer(one, other) for one, other in zip_longest(lengths(tree.left), lengths(tree.right))]
        case exp.Values():
            rows = [row.expressions if isinstance(row, exp.Tuple) else [row] for row in tree.expressions]
            return [_common(column) for column in zip_longest(*rows)]
        case exp.Select() if not any(projection.is_star for projection in tree.expressions):
            return [_length(projection) for projection in tree.expressions]
    return []


def _common(column: tuple[exp.Expr | None, ...]) -> Length:
    found = [_length(value) for value in column if value is not None and not isinstance(value, exp.Null)]
    return None if not found or None in found else max(length for length in found if length is not None)


def _longer(one: Length, other: Length) -> Length:
    return None if one is None or other is None else max(one, other)


def _length(node: exp.Expr) -> Length:
    value = node.unalias()
    while isinstance(value, exp.Paren):
        value = value.this
    if isinstance(value, exp.Literal) and value.is_string:
        return len(value.this)
    if isinstance(value, (exp.Cast, exp.TryCast)) and value.to.this == _TEXT and value.to.expressions:
        return int(value.to.expressions[0].name)
    return None
