"""Parsing a query: Trino SQL within the subset, and values in the place of its question marks."""

from dataclasses import replace

import sqlglot
from sqlglot import exp
from sqlglot.dialects import Trino
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from local.athena import lexis, subset
from local.athena.failures import QueryFailure, Refusal
from local.athena.grammar import where
from local.athena.statement import Statement

LONGEST_PARAMETER = 1024
_BAD_TOKENS = {
    TokenType.DCOLON: "::", TokenType.ILIKE: "ILIKE", TokenType.QUALIFY: "QUALIFY", TokenType.DIV: "DIV", TokenType.RLIKE: "RLIKE",
}  # fmt: skip
READING = ("select", "with", "values", "(")


def parse_query(text: str, original: str) -> tuple[exp.Expr, tuple[Token, ...]]:
    """The tree and the tokens of one query. Raises Refusal."""
    try:
        tokens = tuple(sqlglot.tokenize(text, read=Trino))
        _check_tokens(tokens, text)
        plain = lexis.with_plain_decimals(text, tokens)
        trees = [tree for tree in sqlglot.parse(plain, read=Trino) if tree is not None and not isinstance(tree, exp.Semicolon)]
    except (ParseError, TokenError) as error:
        raise _syntax(error) from None
    if len(trees) != 1:
        raise Refusal(f"Only one sql statement is allowed. Got: {original}" if trees else "line 1:1: mismatched input '<EOF>'")
    tree = trees[0]
    if not isinstance(tree, (exp.Query, exp.Values)):
        raise Refusal(f"{where(tokens[0])}mismatched input '{tokens[0].text}'. Expecting: <query>")
    subset.check(tree)
    subset.check_joins(tree, tokens)
    return tree, tokens


def bind(statement: Statement, parameters: list[str]) -> Statement:
    """The statement with literals in the place of its question marks; it will fail if they are too many or too few.

    Raises Refusal for a parameter that is no literal.
    """
    places = [node for node in statement.tree.find_all(exp.Placeholder, bfs=False) if not node.this] if statement.tree else []
    if len(places) != len(parameters):
        text = f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}"
        return statement.with_failure(QueryFailure("INVALID_PARAMETER_USAGE", text, (1, 1)))
    if not places or statement.tree is None:
        return statement
    tree = statement.tree.copy()
    places = [node for node in tree.find_all(exp.Placeholder, bfs=False) if not node.this]
    for place, text in zip(places, parameters, strict=True):
        place.replace(_literal(text))
    return replace(statement, tree=tree)


def _check_tokens(tokens: tuple[Token, ...], text: str) -> None:
    if not tokens:
        raise Refusal("line 1:1: mismatched input '<EOF>'. Expecting: <query>")
    if tokens[0].text.lower() not in READING:
        raise Refusal(f"{where(tokens[0])}mismatched input '{tokens[0].text}'. Expecting: <query>")
    for token in tokens:
        if text[token.start] == "`":
            raise Refusal(f"{where(token)}backquoted identifiers are not supported; use double quotes to quote identifiers")
        if token.token_type in _BAD_TOKENS:
            raise Refusal(f"{where(token)}mismatched input '{_BAD_TOKENS[token.token_type]}'")
    lexis.check(tokens)


def _syntax(error: ParseError | TokenError) -> Refusal:
    details = error.errors[0] if isinstance(error, ParseError) and error.errors else None
    if details is None:
        return Refusal(f"line 1:1: {str(error).splitlines()[0]}")
    line, end, told = details.get("line"), details.get("col") or 0, str(details.get("description"))
    if "SENTINEL" in told:  # the parser's word for the end of the text; what it names is the last token
        return Refusal(f"line {line}:{end + 1}: mismatched input '<EOF>'")
    found = details.get("highlight") or "<EOF>"
    what = "" if "<" in told else f". {told}"  # classes of the parser tell nobody anything
    return Refusal(f"line {line}:{max(1, end - len(found) + 1)}: mismatched input '{found}'{what}")


def _literal(text: str) -> exp.Expr:
    if len(text) > LONGEST_PARAMETER:
        constraint = f"Member must have length less than or equal to {LONGEST_PARAMETER}"
        raise Refusal(
            f"1 validation error detected: Value at 'executionParameters' failed to satisfy constraint: {constraint}", "INVALID_INPUT"
        )
    try:
        tree = sqlglot.parse_one(text, read=Trino)
    except (ParseError, TokenError):
        raise Refusal(f"Execution parameter {text!r} is not a literal", "INVALID_INPUT") from None
    subset.check(tree)
    if any(tree.find_all(exp.Column, exp.Query)):
        raise Refusal(f"Execution parameter {text!r} is not a literal: put texts in single quotes", "INVALID_INPUT")
    return tree
