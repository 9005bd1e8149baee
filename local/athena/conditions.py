"""Conditions: Trino takes a boolean or nothing; DuckDB takes numbers and texts for one."""

from sqlglot import exp

from local.athena.arithmetic import Kinds, mismatch
from local.athena.trino import family, in_trino

NODES = (exp.Where, exp.Having, exp.Join, exp.If, exp.Not, exp.And, exp.Or)
_PLAINLY = (exp.Predicate, exp.And, exp.Or, exp.Not, exp.Boolean, exp.Null)
_CLAUSES: dict[type[exp.Expr], str] = {exp.Where: "WHERE clause", exp.Having: "HAVING clause", exp.Join: "JOIN ON clause"}


def operands(node: exp.Expr) -> list[exp.Expr]:
    """The conditions of a node that are not booleans at first sight."""
    found = [node.args.get("on")] if isinstance(node, exp.Join) else [node.this]
    if isinstance(node, exp.Connector):
        found.append(node.expression)
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case) and node.parent.this is not None:
        found = []  # the values of CASE x WHEN
    return [each for each in found if each is not None and not isinstance(each.unnest(), _PLAINLY)]


def check(node: exp.Expr, kinds: Kinds) -> None:
    """Raise QueryFailure for a condition of another type."""
    for operand, kind in zip(operands(node), kinds, strict=True):
        if kind is None or kind == "BOOLEAN" or family(kind) == "unknown":
            continue
        if type(node) in _CLAUSES:
            raise mismatch(operand, f"{_CLAUSES[type(node)]} must evaluate to a boolean: actual type {in_trino(kind)}")
        raise mismatch(operand, f"{_what(node)} must evaluate to a boolean (actual: {in_trino(kind)})")


def _what(node: exp.Expr) -> str:
    if isinstance(node, exp.If):
        return "CASE WHEN clause" if isinstance(node.parent, exp.Case) else "IF condition"
    return "Value of logical NOT expression" if isinstance(node, exp.Not) else "Logical expression term"
