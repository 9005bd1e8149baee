"""Casts as Trino does them.

Text becomes a whole number only if it is one (DuckDB would round '1.5' and trim), and a moment only without a T or a zone; fractions
round half away from zero (DuckDB rounds doubles to even), doubles print like Java's, timestamps print the fraction of their type,
`varchar(n)` cuts. `timestamp` without a precision is timestamp(3), `decimal` without one is decimal(38,0).
"""

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from local.athena.failures import not_supported
from local.athena.macros import DATE, TIMESTAMP
from local.athena.trino import family, is_float

_TYPE = exp.DataType.Type
_WHOLE = {_TYPE.TINYINT, _TYPE.SMALLINT, _TYPE.INT, _TYPE.BIGINT}
_TEXTS = {_TYPE.VARCHAR, _TYPE.TEXT}
_MOMENTS = {_TYPE.DATE: ("trino_date_text", DATE), _TYPE.TIMESTAMP: ("trino_timestamp_text", TIMESTAMP)}
_REFUSED = {_TYPE.CHAR: "char(n)", _TYPE.JSON: "json", _TYPE.TIMETZ: "time with time zone", _TYPE.IPADDRESS: "ipaddress"}
_PRINTED = {"TIMESTAMP": "%Y-%m-%d %H:%M:%S.%f", "TIMESTAMP_MS": "%Y-%m-%d %H:%M:%S.%g", "TIMESTAMP_S": "%Y-%m-%d %H:%M:%S"}


def apply(node: exp.Expr, kinds: list[str | None]) -> None:
    """Mend a cast whose operand has the DuckDB type kinds[0]."""
    kind, target = kinds[0], node.args["to"]
    if target.this in _REFUSED:
        raise not_supported(f"a cast to {_REFUSED[target.this]}")
    if target.this == _TYPE.TIMESTAMP and not target.expressions:
        target.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(3))])
    if target.this == _TYPE.DECIMAL and not target.expressions:
        target.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(each)) for each in (38, 0)])
    if target.this in _WHOLE:
        _to_whole(node, kind)
    elif target.this in _MOMENTS and kind == "VARCHAR":
        _to_moment(node, target.this)
    elif target.this == _TYPE.BOOLEAN and kind == "VARCHAR":
        node.set("this", _call("trino_boolean_text", node.this))
    elif target.this in _TEXTS:
        _to_text(node, kind)


def _to_moment(node: exp.Expr, target: Any) -> None:
    macro, pattern = _MOMENTS[target]
    if not (node.this.is_string and re.fullmatch(pattern, node.this.name.strip())):  # a literal stays one, for pruning
        node.set("this", _call(macro, node.this))


def _to_whole(node: exp.Expr, kind: str | None) -> None:
    if kind == "VARCHAR":
        node.set("this", _call("trino_integer_text", node.this))
    elif kind is not None and is_float(kind):
        node.set("this", _call("round", node.this))


def _to_text(node: exp.Expr, kind: str | None) -> None:
    length = node.args["to"].expressions
    if kind is None:
        raise not_supported(f"a cast to varchar of something whose type it cannot tell: {node.sql('athena')[:80]}")
    printed = _printer(kind)
    if printed is not None:
        node.set("this", printed(node.this))
    elif family(kind) in ("other", "bytes", "interval"):
        raise not_supported(f"a cast of {kind.lower()} to varchar")
    if length:
        mark = exp.Null()
        node.replace(mark)
        mark.replace(_call("left", node, length[0].this))
        node.args["to"].set("expressions", None)


def _printer(kind: str) -> Callable[[exp.Expr], exp.Expr] | None:
    if is_float(kind):
        return lambda value: _call("trino_double_text", value)
    if kind in _PRINTED:
        return lambda value: _call("strftime", value, exp.Literal.string(_PRINTED[kind]))
    return None


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))
