"""From the text of a request to a statement: what StartQueryExecution decides before anything runs.

One statement, of a form that is run here, whose query parses as Trino SQL within the subset. The rest is refused by name.
"""

import re
from dataclasses import replace

from local.athena import forms
from local.athena.failures import Refusal
from local.athena.grammar import Cursor, where
from local.athena.query import READING, bind, parse_query
from local.athena.shows import show
from local.athena.statement import CSV, Statement

LONGEST = 262144
_COMMENT = re.compile(r"\s*(?:--[^\n]*(?:\n|$)|/\*.*?\*/)", re.S)
_EXPECTING = "'ALTER', 'ANALYZE', 'CREATE', 'DELETE', 'DESCRIBE', 'DROP', 'EXPLAIN', 'INSERT', 'MERGE', 'SHOW', 'UNLOAD', <query>"
_FORMS = (
    (("create", "table"), forms.create_table),
    (("insert",), forms.insert),
    (("unload",), forms.unload),
    (("create", "view"), forms.create_view),
    (("create", "or", "replace", "view"), forms.create_view),
    (("drop", "table"), forms.drop),
    (("drop", "view"), forms.drop),
    (("prepare",), lambda cursor: forms.prepare(cursor, read)),
    (("execute",), forms.execute),
    (("deallocate",), forms.deallocate),
    (("explain",), forms.explain),
)
_OTHERS = frozenset(
    """alter analyze call comment commit create delete deny desc describe drop grant merge msck optimize refresh reset revoke rollback
    set show start truncate update use vacuum""".split()  # noqa: SIM905
)


def parse(text: str, parameters: list[str] | None = None) -> Statement:
    """The statement of a request. Raises Refusal."""
    if len(text) > LONGEST:
        constraint = f"Member must have length less than or equal to {LONGEST}"
        raise Refusal(f"1 validation error detected: Value at 'queryString' failed to satisfy constraint: {constraint}", "INVALID_INPUT")
    statement = read(text)
    if statement.name != "EXECUTE":
        return bind(statement, parameters or [])
    if statement.parameters and parameters:
        raise Refusal("EXECUTE takes its values from USING or from ExecutionParameters, not from both", "INVALID_INPUT")
    return replace(statement, parameters=statement.parameters or tuple(parameters or ()))


def read(text: str) -> Statement:
    """The statement of a text, question marks and all. Raises Refusal."""
    shown = show(_without_comments(text))
    if shown is not None:
        return shown
    cursor = Cursor(text.rstrip().removesuffix(";"))
    for words, form in _FORMS:
        if cursor.sees(*words):
            return form(cursor)
    _check_first(cursor)
    tree, tokens = parse_query(cursor.text, text)
    return Statement(text, "DML", "SELECT", CSV, tree, tokens)


def _check_first(cursor: Cursor) -> None:
    first = cursor.token
    if first is None:
        raise Refusal("line 1:1: mismatched input '<EOF>'. Expecting: <query>")
    if first.text.lower() in _OTHERS:
        words = " ".join(token.text.upper() for token in cursor.tokens[:2])
        raise Refusal(f"Queries of this type are not supported: the local Athena does not run {words}")
    if first.text.lower() not in READING:
        raise Refusal(f"{where(first)}mismatched input '{first.text}'. Expecting: {_EXPECTING}")


def _without_comments(text: str) -> str:
    while match := _COMMENT.match(text):
        text = text[match.end() :]
    return text.strip().removesuffix(";").rstrip()
