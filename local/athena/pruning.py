"""What a WHERE clause says about one table, as an Iceberg row filter.

Only AND-ed comparisons of a column with literals are taken (`=`, `<>`, `<`, `<=`, `>`, `>=`, BETWEEN, IN); DuckDB evaluates
the whole WHERE anyway, so leaving one out costs time and never rows. A comparison is taken only if its column can belong
to no other table of the same FROM.
"""

from collections.abc import Iterator
from typing import Any

from pyiceberg import types as iceberg
from pyiceberg.expressions import (
    AlwaysTrue,
    And,
    BooleanExpression,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
    NotEqualTo,
)
from pyiceberg.schema import Schema
from sqlglot import exp

_COMPARE: dict[type[exp.Expr], Any] = {
    exp.EQ: EqualTo, exp.NEQ: NotEqualTo, exp.LT: LessThan, exp.LTE: LessThanOrEqual, exp.GT: GreaterThan, exp.GTE: GreaterThanOrEqual,
    exp.In: In,
}  # fmt: skip
_MIRROR: dict[type[exp.Expr], type[exp.Binary]] = {
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
}
_TEXTUAL = (iceberg.StringType,)
_WHOLE = (iceberg.IntegerType, iceberg.LongType)
_DATED = (iceberg.DateType, iceberg.TimestampType)
Literal = str | int


def row_filter(table: exp.Table, schema: Schema) -> BooleanExpression:
    """The filter on `table` (a node of a parsed query) that its SELECT's WHERE implies."""
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if not isinstance(where, exp.Where) or select is None:
        return AlwaysTrue()
    alone = len(list(_sources(select))) == 1
    found: BooleanExpression = AlwaysTrue()
    for part in _conjuncts(where.this):
        taken = _predicate(part, table.alias_or_name.lower(), schema, alone=alone)
        found = And(found, taken) if taken is not None else found
    return found


def partition_wanted(table: exp.Table, partition: dict[str, str]) -> bool:
    """Whether a Hive partition (key -> text) can hold rows that the WHERE of `table` keeps: `=` and IN with texts or whole numbers."""
    select = table.find_ancestor(exp.Select)
    where = select.args.get("where") if select else None
    if where is None or select is None:
        return True
    alone = len(list(_sources(select))) == 1
    for part in _conjuncts(where.this):
        column = part.this
        if not isinstance(part, (exp.EQ, exp.In)) or not isinstance(column, exp.Column) or column.name.lower() not in partition:
            continue
        literals = part.expressions or [part.expression]
        mine = column.table.lower() == table.alias_or_name.lower() if column.table else alone
        plain = mine and part.args.get("query") is None and all(isinstance(literal, exp.Literal) for literal in literals)
        if plain and not any(_same(partition[column.name.lower()], literal) for literal in literals):
            return False
    return True


def _same(text: str, literal: exp.Expr) -> bool:
    return text == literal.this if literal.is_string or not text.lstrip("-").isdigit() else int(text) == float(literal.this)


def _sources(select: exp.Select) -> Iterator[exp.Expr]:
    start = select.args.get("from_")
    if start:
        yield start.this
    for join in select.args.get("joins") or []:
        yield join.this


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    match node:
        case exp.And():
            yield from _conjuncts(node.left)
            yield from _conjuncts(node.right)
        case exp.Paren():
            yield from _conjuncts(node.this)
        case _:
            yield node


def _predicate(node: exp.Expr, alias: str, schema: Schema, *, alone: bool) -> BooleanExpression | None:
    column = node.this
    match node:
        case exp.Between():
            bounds = [node.args["low"], node.args["high"]]
        case exp.In() if node.expressions:
            bounds = node.expressions
        case exp.EQ() | exp.NEQ() | exp.LT() | exp.LTE() | exp.GT() | exp.GTE():
            if isinstance(node.expression, exp.Column):
                return _predicate(_MIRROR[type(node)](this=node.expression, expression=node.this), alias, schema, alone=alone)
            bounds = [node.expression]
        case _:
            return None
    field = _field(column, alias, schema, alone=alone)
    values = [_literal(bound, field.field_type) for bound in bounds] if field else [None]
    if field is None or any(value is None for value in values):
        return None
    return _expression(node, field.name, [value for value in values if value is not None])


def _expression(node: exp.Expr, name: str, values: list[Literal]) -> BooleanExpression:
    if isinstance(node, exp.Between):
        return And(_COMPARE[exp.GTE](name, values[0]), _COMPARE[exp.LTE](name, values[1]))
    if isinstance(node, exp.In):
        return _COMPARE[exp.In](name, values)  # type: ignore[no-any-return]
    return _COMPARE[type(node)](name, values[0])  # type: ignore[no-any-return]


def _field(column: exp.Expr, alias: str, schema: Schema, *, alone: bool) -> iceberg.NestedField | None:
    if not isinstance(column, exp.Column) or (column.table.lower() != alias if column.table else not alone):
        return None
    return next((field for field in schema.fields if field.name.lower() == column.name.lower()), None)


def _literal(node: exp.Expr, kind: iceberg.IcebergType) -> Literal | None:
    if isinstance(node, exp.Literal):
        if node.is_string:
            return str(node.this) if isinstance(kind, _TEXTUAL) else None
        return int(node.this) if isinstance(kind, _WHOLE) and str(node.this).isdigit() else None
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.is_string and isinstance(kind, _DATED):
        return _moment(str(node.this.this), is_date=node.to.this == exp.DataType.Type.DATE, kind=kind)
    return None


def _moment(text: str, *, is_date: bool, kind: iceberg.IcebergType) -> str | None:
    if isinstance(kind, iceberg.DateType):
        return text if is_date and len(text) == 10 else None
    day, _, clock = text.strip().partition(" ")
    clock = "00:00:00" if is_date or not clock else clock
    return f"{day}T{clock}" if len(day) == 10 and len(clock) >= 8 and clock.replace(":", "").replace(".", "").isdigit() else None
