"""Numbers as Trino counts them: division, sums and averages whose result depends on the operands' types.

Each rule gets a node and the DuckDB types of its operands (None: cannot be told) and rewrites the tree in place.
"""

from collections.abc import Callable

from sqlglot import exp

from local.athena.column_types import decimal_of
from local.athena.failures import QueryFailure, not_supported
from local.athena.names import position
from local.athena.trino import INTEGERS, family, in_trino, is_decimal, is_float

Kinds = list[str | None]
SIGNS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
}


def wrap(node: exp.Expr, build: Callable[[exp.Expr], exp.Expr]) -> None:
    """Put `build(node)` in the place of `node`."""
    mark = exp.Null()
    node.replace(mark)
    mark.replace(build(node))


def cast(node: exp.Expr, kind: str) -> exp.Expr:
    """A cast to a DuckDB type."""
    return exp.Cast(this=node, to=exp.DataType.build(kind, dialect="duckdb", udt=True))


def division(node: exp.Expr, kinds: Kinds) -> None:
    """Whole numbers stay whole, decimals keep Trino's scale, doubles follow IEEE 754."""
    left, right = kinds
    if left is None or right is None:
        raise not_supported(f"a division whose operands' types it cannot tell: {node.sql('athena')[:80]}")
    check_numbers(node, left, right)
    if is_float(left) or is_float(right):
        target = "FLOAT" if left == right == "FLOAT" else "DOUBLE"
        node.set("this", cast(node.this, target))
        node.set("expression", cast(node.expression, target))
    elif is_decimal(left) or is_decimal(right):
        wrap(node, lambda whole: _decimal_division(whole, left, right))
    else:
        node.replace(exp.IntDiv(this=node.this, expression=node.expression))


def _decimal_division(node: exp.Expr, left: str, right: str) -> exp.Expr:
    (p1, s1), (_, s2) = (decimal_of(kind) or INTEGERS.get(kind, (19, 0)) for kind in (left, right))
    scale = max(s1, s2)
    precision = min(38, p1 + s2 + max(0, s2 - s1))
    up = exp.Literal.number(10**scale)
    quotient = exp.Anonymous(this="trino_quotient", expressions=[node.this, node.expression, up, exp.Literal.number(10**scale)])
    if not scale:
        return cast(quotient, f"DECIMAL({precision},0)")
    unit = exp.Literal.number("0." + "0" * (scale - 1) + "1")
    return cast(exp.Mul(this=cast(quotient, f"DECIMAL({38 - scale},0)"), expression=unit), f"DECIMAL({precision},{scale})")


def total(node: exp.Expr, kinds: Kinds) -> None:
    """sum(): bigint of whole numbers, real of reals."""
    if kinds[0] in INTEGERS:
        wrap(_outermost(node), lambda whole: cast(whole, "BIGINT"))
    elif kinds[0] == "FLOAT":
        wrap(_outermost(node), lambda whole: cast(whole, "FLOAT"))
    elif kinds[0] is not None and family(kinds[0]) != "number":
        raise mismatch(node, f"Unexpected parameters ({in_trino(kinds[0])}) for function sum.", "FUNCTION_NOT_FOUND")


def average(node: exp.Expr, kinds: Kinds) -> None:
    """avg(): decimals and reals keep their type."""
    kind = kinds[0]
    if kind is not None and (is_decimal(kind) or kind == "FLOAT"):
        wrap(_outermost(node), lambda whole: cast(whole, kind))
    elif kind is not None and family(kind) in ("text", "boolean", "date", "timestamp", "bytes"):
        raise mismatch(node, f"Unexpected parameters ({in_trino(kind)}) for function avg.", "FUNCTION_NOT_FOUND")


def whole_count(node: exp.Expr, _: Kinds) -> None:
    """count_if() is a bigint."""
    wrap(_outermost(node), lambda whole: cast(whole, "BIGINT"))


def _outermost(node: exp.Expr) -> exp.Expr:
    while isinstance(node.parent, (exp.Filter, exp.Window, exp.WithinGroup)) and node.parent.this is node:
        node = node.parent
    return node


def check_numbers(node: exp.Expr, left: str, right: str) -> None:
    """Raise QueryFailure unless both sides of an operator are numbers."""
    if any(family(kind) not in ("number", "unknown", "other", "interval") for kind in (left, right)):
        raise mismatch(node, f"Cannot apply operator: {in_trino(left)} {SIGNS.get(type(node), '/')} {in_trino(right)}")


def mismatch(node: exp.Expr, text: str, code: str = "TYPE_MISMATCH") -> QueryFailure:
    """A failure for operands of the wrong types."""
    return QueryFailure(code, text, position(node))
