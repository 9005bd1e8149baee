"""The part of Trino's SQL that is understood here, as an allow list over the parsed tree.

sqlglot reads the SQL of many engines at once; DuckDB runs much that Trino refuses. So a query passes only if every node of
its tree, and every clause of its selects and joins, is one that Trino has and that the translation is tested for.
"""

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from local.athena.failures import Refusal
from local.athena.names import position

_CLAUSES: dict[type[exp.Expr], set[str]] = {
    exp.Select: {
        "expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "with_", "distinct", "windows",
        "operation_modifiers",
    },
    exp.Join: {"this", "side", "kind", "on", "using", "method"},
    exp.Star: set(),
    exp.Distinct: {"expressions"},
    exp.Table: {"this", "db", "catalog", "alias", "version", "joins"},
    exp.Window: {"this", "partition_by", "order", "spec", "alias", "over"},
    exp.Group: {"expressions", "grouping_sets", "cube", "rollup", "all"},
}  # fmt: skip
_STRUCTURE = (
    exp.Select, exp.Subquery, exp.SetOperation, exp.With, exp.CTE, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order,
    exp.Ordered, exp.Limit, exp.Offset, exp.Fetch, exp.LimitOptions, exp.Distinct, exp.Table, exp.TableAlias, exp.Alias, exp.Column,
    exp.Identifier, exp.Star, exp.Values, exp.Tuple, exp.Paren, exp.Literal, exp.Null, exp.Boolean, exp.Window, exp.WindowSpec,
    exp.GroupingSets, exp.Rollup, exp.Cube, exp.Unnest, exp.Lateral, exp.Lambda, exp.DataType, exp.DataTypeParam, exp.ColumnDef, exp.Var,
    exp.Version, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls, exp.Dot, exp.Bracket, exp.Interval, exp.IntervalSpan,
    exp.Exists, exp.All, exp.Any, exp.AtTimeZone, exp.Escape, exp.Aliases, exp.PropertyEQ, exp.Placeholder,
    exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript,
)  # fmt: skip
_OPERATORS = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between, exp.In, exp.Is, exp.Like, exp.Add, exp.Sub,
    exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.Coalesce,
)  # fmt: skip


def check(tree: exp.Expr) -> None:
    """Raise Refusal for the first node outside the subset."""
    for node in tree.walk():
        if not isinstance(node, (*_STRUCTURE, *_OPERATORS, exp.Func)):
            raise _refuse(node, type(node).__name__)
        allowed = _CLAUSES.get(type(node))
        extra = [name for name, value in node.args.items() if value and allowed is not None and name not in allowed]
        if extra:
            raise _refuse(node, f"{extra[0].rstrip('_').upper()} in {type(node).__name__.upper()}")
        _check_join(node)
        _check_star(node)


def check_joins(tree: exp.Expr, tokens: tuple[Token, ...]) -> None:
    """Raise Refusal if there are more words JOIN than joins that say how: sqlglot takes the others for a comma."""
    words = [token for token in tokens if token.token_type == TokenType.JOIN]
    if len(words) > sum(map(_says_how, tree.find_all(exp.Join))):
        at = words[-1]
        raise Refusal(f"line {at.line}:{at.col - (at.end - at.start)}: mismatched input '{at.text}'. A JOIN needs ON or USING")


def _says_how(join: exp.Join) -> bool:
    return bool(join.args.get("on") or join.args.get("using") or join.method) or join.kind.upper() == "CROSS"


def _check_join(node: exp.Expr) -> None:
    if isinstance(node, exp.Join) and node.kind.upper() not in ("", "INNER", "OUTER", "CROSS"):
        raise _refuse(node, f"{node.kind.upper()} JOIN")
    if isinstance(node, exp.Join) and node.method.upper() not in ("", "NATURAL"):
        raise _refuse(node, f"{node.method.upper()} JOIN")
    if isinstance(node, exp.Literal) and node.is_string and node.args.get("is_bytes"):
        raise _refuse(node, "byte strings")


def _check_star(node: exp.Expr) -> None:
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Func):
        raise _refuse(node, "a function behind a dot")
    if isinstance(node, exp.Alias) and node.this.is_star:
        raise _refuse(node, "a name for *")
    if isinstance(node, exp.Count) and node.expressions:
        raise _refuse(node, "COUNT of several values")
    if isinstance(node, exp.Distinct) and isinstance(node.parent, exp.Func) and not node.expressions:
        raise _refuse(node, "DISTINCT of nothing")


def _refuse(node: exp.Expr, what: str) -> Refusal:
    at = position(node)
    where = f"line {at[0]}:{at[1]}: " if at else ""
    return Refusal(f"{where}{what} is not supported by the local Athena: {node.sql('athena')[:80]}")
