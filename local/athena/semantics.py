"""Where Trino and DuckDB mean different things by the same text, and types decide: rewritten one level at a time.

Integer division stays whole, decimal division keeps Trino's scale, sums and averages keep Trino's types, casts round,
refuse and print as Trino's do, dates stay dates, array elements are checked, and comparing or joining values of unlike
types is the error that it is on AWS instead of a silent cast. An expression whose types cannot be told is refused where
the meaning would depend on them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlglot import exp

from local.athena import arithmetic, casts, conditions
from local.athena.arithmetic import SIGNS, Kinds, cast, check_numbers, mismatch, wrap
from local.athena.failures import not_supported
from local.athena.trino import family, in_trino
from local.athena.typist import Typist, scopes

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ)
_MOVES = (exp.DateAdd, exp.DateTrunc, exp.TimestampTrunc)


@dataclass(frozen=True)
class Rule:
    """A kind of node, the operands whose types matter, and what to do about them."""

    nodes: tuple[type[exp.Expr], ...]
    operands: Callable[[exp.Expr], list[exp.Expr]]
    apply: Callable[[exp.Expr, Kinds], None]


def rewrite(tree: exp.Expr, typist: Typist) -> None:
    """Rewrite `tree` in place. Raises QueryFailure."""
    for select in scopes(tree):
        _rewrite_nodes([node for node in select.walk() if node is not select and node.find_ancestor(exp.Select) is select], select, typist)
    _rewrite_nodes([node for node in tree.walk() if node.find_ancestor(exp.Select) is None], None, typist)
    for operation in tree.find_all(exp.SetOperation):
        _check_set(operation, typist)


def _rewrite_nodes(nodes: list[exp.Expr], select: exp.Select | None, typist: Typist) -> None:
    found = [(node, rule) for node in nodes for rule in _RULES if isinstance(node, rule.nodes)]
    for depth in sorted({node.depth for node, _ in found}, reverse=True):
        level = [(node, rule, rule.operands(node)) for node, rule in found if node.depth == depth]
        kinds = iter(typist.types([operand for *_, operands in level for operand in operands], select))
        typed = [(node, rule, [next(kinds) for _ in operands]) for node, rule, operands in level]
        for node, rule, known in typed:
            rule.apply(node, known)


def _check_set(node: exp.SetOperation, typist: Typist) -> None:
    """Both sides of UNION, EXCEPT and INTERSECT have like columns."""
    for left, right in zip(typist.columns(node.left), typist.columns(node.right), strict=False):
        families = {family(left), family(right)} - {"unknown", "other"}
        if len(families) > 1 and families != {"date", "timestamp"}:
            raise mismatch(node, f"column in {node.key.upper()} query has incompatible types: {in_trino(left)}, {in_trino(right)}")


def _both(node: exp.Expr) -> list[exp.Expr]:
    return [node.this, node.expression]


def _this(node: exp.Expr) -> list[exp.Expr]:
    return node.this.expressions[:1] if isinstance(node.this, exp.Distinct) else [node.this]


def _comparison(node: exp.Expr, kinds: Kinds) -> None:
    families = {family(kind): kind for kind in kinds if kind is not None and family(kind) not in ("unknown", "other")}
    if families.keys() <= {"date", "timestamp"} or len(families) < 2:
        return
    left, right = (in_trino(kind) for kind in list(families.values())[:2])
    if type(node) in SIGNS:
        raise mismatch(node, f"Cannot apply operator: {left} {SIGNS[type(node)]} {right}")
    raise mismatch(node, f"Cannot check if {left} is {'BETWEEN' if isinstance(node, exp.Between) else 'IN'} {right}")


def _arithmetic(node: exp.Expr, kinds: Kinds) -> None:
    left, right = kinds
    if left is None or right is None:
        return
    families = {family(left), family(right)}
    if "interval" in families and families & {"date", "timestamp"}:
        kind = left if family(left) != "interval" else right
        wrap(node, lambda whole: cast(whole, kind))
    elif families != {"timestamp"}:
        check_numbers(node, left, right)


def _concatenation(node: exp.Expr, kinds: Kinds) -> None:
    for kind in kinds:
        if kind is not None and family(kind) in ("number", "boolean", "date", "timestamp"):
            listed = ", ".join(in_trino(found) if found else "unknown" for found in kinds)
            raise mismatch(node, f"Unexpected parameters ({listed}) for function concat.", "FUNCTION_NOT_FOUND")


def _keep_type(node: exp.Expr, kinds: Kinds) -> None:
    kind = kinds[0]
    if kind is not None and family(kind) in ("date", "timestamp"):
        wrap(node, lambda whole: cast(whole, kind))
    elif kind is not None and family(kind) not in ("unknown", "other"):
        raise mismatch(
            node, f"Unexpected parameters ({in_trino(kind)}) for function {node.key.replace('timestamp', 'date_')}", "FUNCTION_NOT_FOUND"
        )


def _subscript(node: exp.Expr, kinds: Kinds) -> None:
    kind, safe = kinds[0], bool(node.args.get("safe"))
    if kind is None or not (kind.endswith("]") or kind.startswith("MAP")):
        raise not_supported(f"the subscript {node.sql('athena')[:80]}")
    name = ("trino_element" if kind.endswith("]") else "trino_value") + ("_at" if safe else "")
    node.replace(exp.Anonymous(this=name, expressions=[node.this, node.expressions[0]]))


def _cardinality(node: exp.Expr, kinds: Kinds) -> None:
    if kinds[0] is not None and kinds[0].startswith("MAP"):
        node.replace(exp.Anonymous(this="len", expressions=[exp.Anonymous(this="map_keys", expressions=[node.this])]))


def _branches(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        listed = [branch.args["true"] for branch in node.args["ifs"]]
        return [*listed, *([node.args["default"]] if node.args.get("default") else [])]
    if isinstance(node, exp.If):
        if isinstance(node.parent, exp.Case) and node.arg_key == "ifs":
            return []
        return [node.args["true"], *([node.args["false"]] if node.args.get("false") else [])]
    return [node.this, *node.expressions]


def _same_family(node: exp.Expr, kinds: Kinds) -> None:
    families = {family(kind): kind for kind in kinds if kind is not None and family(kind) not in ("unknown", "other")}
    if len(families) > 1 and not families.keys() <= {"date", "timestamp"}:
        left, right = (in_trino(kind) for kind in list(families.values())[:2])
        raise mismatch(node, f"All {node.key.upper()} operands must be the same type or coercible to a common type: {left}, {right}")


def _operands(node: exp.Expr) -> list[exp.Expr]:
    match node:
        case exp.Between():
            return [node.this, node.args["low"], node.args["high"]]
        case exp.In():
            return [node.this, *node.expressions] if not isinstance(node.this, exp.Tuple) else []
    return [] if any(isinstance(side, (exp.Tuple, exp.Any, exp.All)) for side in _both(node)) else _both(node)


def _only_first(node: exp.Expr) -> list[exp.Expr]:
    return [node.this]


_RULES: Iterable[Rule] = (
    Rule((exp.Div,), _both, arithmetic.division),
    Rule((exp.Sum,), _this, arithmetic.total),
    Rule((exp.Avg,), _this, arithmetic.average),
    Rule((exp.CountIf,), lambda _: [], arithmetic.whole_count),
    Rule((*_COMPARISONS, exp.Between, exp.In), _operands, _comparison),
    Rule((exp.Add, exp.Sub, exp.Mul), _both, _arithmetic),
    Rule((exp.DPipe,), _both, _concatenation),
    Rule((exp.TryCast, exp.Cast), _only_first, casts.apply),
    Rule(_MOVES, _only_first, _keep_type),
    Rule((exp.ArraySize,), _only_first, _cardinality),
    Rule((exp.Bracket,), _only_first, _subscript),
    Rule((exp.Case, exp.If, exp.Coalesce), _branches, _same_family),
    Rule((exp.Localtimestamp,), lambda _: [], lambda node, _: wrap(node, lambda whole: cast(whole, "TIMESTAMP_MS"))),
    Rule(conditions.NODES, conditions.operands, conditions.check),
)
