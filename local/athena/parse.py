"""From the text of a request to a statement: what StartQueryExecution decides before anything runs.

One statement, of a supported type, that parses as Trino SQL within the subset. `?` takes the request's execution
parameters, each of which is a literal. Statements that write (CTAS, INSERT, UNLOAD, DDL) are refused here by name.
"""

import re
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from local.athena import subset
from local.athena.failures import QueryFailure, Refusal

LONGEST = 262144
_COMMENT = re.compile(r"\s*(?:--[^\n]*(?:\n|$)|/\*.*?\*/)", re.S)
_NAME = r'(?:"[^"]+"|`[^`]+`|\w+)'
_IN = r"(?:in|from)\s+"
_SHOW = (
    ("SHOW_DATABASES", re.compile(r"show\s+(?:databases|schemas)(?:\s+(?:in|from)\s+\w+)?", re.I)),
    ("SHOW_TABLES", re.compile(rf"show\s+tables(?:\s+(?:in|from)\s+(?P<database>{_NAME}))?(?:\s+'(?P<pattern>[^']*)')?", re.I)),
    ("SHOW_COLUMNS", re.compile(rf"show\s+columns\s+{_IN}(?P<table>{_NAME}(?:\.{_NAME})?)(?:\s+{_IN}(?P<database>{_NAME}))?", re.I)),
    ("DESCRIBE_TABLE", re.compile(rf"desc(?:ribe)?\s+(?P<table>{_NAME}(?:\.{_NAME})?)", re.I)),
)  # fmt: skip
_BAD_TOKENS = {
    TokenType.DCOLON: "::", TokenType.ILIKE: "ILIKE", TokenType.QUALIFY: "QUALIFY", TokenType.DIV: "DIV", TokenType.RLIKE: "RLIKE",
}  # fmt: skip
_EXPECTING = "'ALTER', 'ANALYZE', 'CREATE', 'DELETE', 'DESCRIBE', 'DROP', 'EXPLAIN', 'INSERT', 'MERGE', 'SHOW', 'UNLOAD', <query>"
_READING = ("select", "with", "values", "(")
_WRITING = frozenset(
    [
        "alter",
        "analyze",
        "call",
        "commit",
        "create",
        "deallocate",
        "delete",
        "deny",
        "desc",
        "describe",
        "drop",
        "execute",
        "explain",
        "grant",
        "insert",
        "merge",
        "msck",
        "prepare",
        "refresh",
        "revoke",
        "rollback",
        "set",
        "show",
        "start",
        "truncate",
        "unload",
        "update",
        "use",
        "vacuum",
        "optimize",
    ]
)


@dataclass(frozen=True)
class Statement:
    """A checked statement. `kind` DML or UTILITY, `name` its SubstatementType, `suffix` of its result file."""

    text: str
    kind: str
    name: str
    suffix: str
    tree: exp.Expr | None = None
    tokens: tuple[Token, ...] = ()
    arguments: dict[str, str] = field(default_factory=dict)
    failure: QueryFailure | None = None


def parse(text: str, parameters: list[str] | None = None) -> Statement:
    """The statement of a request. Raises Refusal."""
    if len(text) > LONGEST:
        raise Refusal(f"Query string length {len(text)} exceeds the maximum of {LONGEST}", "INVALID_INPUT")
    bare = _without_comments(text)
    for name, pattern in _SHOW:
        if match := pattern.fullmatch(bare):
            arguments = {key: value.strip("\"'`") if key != "table" else value for key, value in match.groupdict().items() if value}
            return Statement(bare, "UTILITY", name, ".txt", arguments=arguments)
    tree, tokens = _query(text.rstrip().removesuffix(";"), text)
    tree, failure = _with_parameters(tree, parameters or [])
    return Statement(text, "DML", "SELECT", ".csv", tree, tokens, failure=failure)


def _without_comments(text: str) -> str:
    while match := _COMMENT.match(text):
        text = text[match.end() :]
    return text.strip().removesuffix(";").rstrip()


def _query(query: str, original: str) -> tuple[exp.Expr, tuple[Token, ...]]:
    try:
        tokens = tuple(sqlglot.tokenize(query, read="trino"))
        _check_tokens(tokens, query)
        trees = [tree for tree in sqlglot.parse(query, read="trino") if tree is not None and not isinstance(tree, exp.Semicolon)]
    except (ParseError, TokenError) as error:
        raise _syntax(error) from None
    if len(trees) != 1:
        raise Refusal(f"Only one sql statement is allowed. Got: {original}" if trees else "line 1:1: mismatched input '<EOF>'")
    tree = trees[0]
    if not isinstance(tree, (exp.Query, exp.Values)):
        raise Refusal(f"line 1:1: mismatched input '{tokens[0].text}'. Expecting: {_EXPECTING}")
    subset.check(tree)
    return tree, tokens


def _check_tokens(tokens: tuple[Token, ...], query: str) -> None:
    if not tokens:
        raise Refusal("line 1:1: mismatched input '<EOF>'. Expecting: <query>")
    first = tokens[0].text
    if first.lower() in _WRITING:
        raise Refusal(f"Queries of this type are not supported: the local Athena reads tables, it does not run {first.upper()}")
    if first.lower() not in _READING:
        raise Refusal(f"line {tokens[0].line}:1: mismatched input '{first}'. Expecting: {_EXPECTING}")
    for token in tokens:
        width = token.end - token.start
        where = f"line {token.line}:{token.col - width}"
        if query[token.start] == "`":
            raise Refusal(f"{where}: backquoted identifiers are not supported; use double quotes to quote identifiers")
        if token.token_type in _BAD_TOKENS:
            raise Refusal(f"{where}: mismatched input '{_BAD_TOKENS[token.token_type]}'")


def _syntax(error: ParseError | TokenError) -> Refusal:
    details = error.errors[0] if isinstance(error, ParseError) and error.errors else None
    if details is None:
        return Refusal(f"line 1:1: {str(error).splitlines()[0]}")
    found = details.get("highlight") or "<EOF>"
    column = max(1, (details.get("col") or 1) - len(found) + 1)
    return Refusal(f"line {details.get('line')}:{column}: mismatched input '{found}'. {details.get('description')}")


def _with_parameters(tree: exp.Expr, parameters: list[str]) -> tuple[exp.Expr, QueryFailure | None]:
    places = [node for node in tree.find_all(exp.Placeholder, bfs=False) if not node.this]
    if len(places) != len(parameters):
        text = f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}"
        return tree, QueryFailure("INVALID_PARAMETER_USAGE", text, (1, 1))
    for place, text in zip(places, parameters, strict=True):
        place.replace(_literal(text))
    return tree, None


def _literal(text: str) -> exp.Expr:
    try:
        tree = sqlglot.parse_one(text, read="trino")
    except (ParseError, TokenError):
        raise Refusal(f"Execution parameter {text!r} is not a literal", "INVALID_INPUT") from None
    subset.check(tree)
    if any(tree.find_all(exp.Column, exp.Query)):
        raise Refusal(f"Execution parameter {text!r} is not a literal: put texts in single quotes", "INVALID_INPUT")
    return tree
