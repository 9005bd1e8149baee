"""The forms of statements that are more than a query: each function reads one form and gives the Statement.

A query inside keeps its positions in the whole text, because what stands before it is blanked.
"""

from collections.abc import Callable
from dataclasses import replace

from local.athena.failures import Refusal
from local.athena.grammar import Cursor
from local.athena.query import parse_query
from local.athena.statement import CSV, NO_BODY, TABLES, TEXT, Statement, Value

_PREPARABLE = ("SELECT", "INSERT", "CREATE_TABLE_AS_SELECT", "UNLOAD")
Parse = Callable[[str], Statement]


def create_table(cursor: Cursor) -> Statement:
    """CREATE TABLE [IF NOT EXISTS] name [WITH (…)] AS query [WITH [NO] DATA]. Raises Refusal."""
    cursor.needs("create", "table")
    flags = {"if not exists"} if cursor.takes("if", "not", "exists") else set()
    target = cursor.table()
    if cursor.sees("("):
        raise Refusal("Queries of this type are not supported: the local Athena makes tables by CREATE TABLE … AS only")
    properties: dict[str, Value] = cursor.properties() if cursor.takes("with") else {}
    cursor.needs("as")
    end, empty = _without_data(cursor)
    made = _with_query(cursor, Statement(cursor.text, "DDL", "CREATE_TABLE_AS_SELECT", TABLES, target=target, properties=properties), end)
    return replace(made, flags=frozenset(flags | ({"no data"} if empty else set())))


def insert(cursor: Cursor) -> Statement:
    """INSERT INTO name [(columns)] query. Raises Refusal."""
    cursor.needs("insert", "into")
    target, columns = cursor.table(), []
    if cursor.sees("(") and not _opens_a_query(cursor):
        cursor.needs("(")
        while True:
            columns.append(cursor.identifier())
            if not cursor.takes(","):
                break
        cursor.needs(")")
    return _with_query(cursor, Statement(cursor.text, "DML", "INSERT", NO_BODY, target=target, columns=tuple(columns)))


def unload(cursor: Cursor) -> Statement:
    """UNLOAD (query) TO 'location' WITH (…). Raises Refusal."""
    cursor.needs("unload", "(")
    end = cursor.closing()
    read = _with_query(cursor, Statement(cursor.text, "DML", "UNLOAD", NO_BODY), end)
    cursor.place = end + 1
    cursor.needs("to")
    location = cursor.string()
    cursor.needs("with")
    properties = cursor.properties()
    _at_end(cursor)
    return replace(read, properties=properties, arguments={"location": location})


def create_view(cursor: Cursor) -> Statement:
    """CREATE [OR REPLACE] VIEW name AS query. Raises Refusal."""
    cursor.needs("create")
    flags = frozenset({"or replace"} if cursor.takes("or", "replace") else set())
    cursor.needs("view")
    target = cursor.table()
    cursor.needs("as")
    text = cursor.rest().strip()
    made = _with_query(cursor, Statement(cursor.text, "DDL", "CREATE_VIEW", TEXT, target=target, flags=flags))
    return replace(made, arguments={"query": text})


def drop(cursor: Cursor) -> Statement:
    """DROP TABLE or VIEW [IF EXISTS] name. Raises Refusal."""
    cursor.needs("drop")
    view = cursor.takes("view")
    if not view:
        cursor.needs("table")
    flags = frozenset({"if exists"} if cursor.takes("if", "exists") else set())
    target = cursor.table()
    _at_end(cursor)
    return Statement(cursor.text, "DDL", "DROP_VIEW" if view else "DROP_TABLE", TEXT, target=target, flags=flags)


def prepare(cursor: Cursor, parse: Parse) -> Statement:
    """PREPARE name FROM statement. Raises Refusal."""
    cursor.needs("prepare")
    name = str(cursor.identifier().this)
    cursor.needs("from")
    text = cursor.rest()
    check_preparable(parse(text))
    return Statement(cursor.text, "UTILITY", "PREPARE", TEXT, arguments={"name": name, "statement": text.strip()})


def check_preparable(statement: Statement) -> None:
    """Raise Refusal unless a statement may have parameters."""
    if statement.name not in _PREPARABLE:
        raise Refusal("Parameterized queries are supported only for SELECT, INSERT INTO, CTAS, and UNLOAD statements")


def execute(cursor: Cursor) -> Statement:
    """EXECUTE name [USING value, …]. Raises Refusal."""
    cursor.needs("execute")
    name = str(cursor.identifier().this)
    parameters: list[str] = []
    if cursor.takes("using"):
        parameters = _listed(cursor)
    _at_end(cursor)
    return Statement(cursor.text, "DML", "EXECUTE", CSV, parameters=tuple(parameters), arguments={"name": name})


def deallocate(cursor: Cursor) -> Statement:
    """DEALLOCATE PREPARE name. Raises Refusal."""
    cursor.needs("deallocate", "prepare")
    name = str(cursor.identifier().this)
    _at_end(cursor)
    return Statement(cursor.text, "UTILITY", "DEALLOCATE", TEXT, arguments={"name": name})


def explain(cursor: Cursor) -> Statement:
    """EXPLAIN (TYPE VALIDATE) query. Raises Refusal for the other types, whose answer is a plan of Trino's."""
    cursor.needs("explain")
    if not cursor.takes("(", "type", "validate", ")"):
        raise Refusal("EXPLAIN shows Trino's plan, and the local Athena has none: only EXPLAIN (TYPE VALIDATE) is supported by it")
    return _with_query(cursor, Statement(cursor.text, "DML", "EXPLAIN", TEXT))


def _with_query(cursor: Cursor, statement: Statement, end: int | None = None) -> Statement:
    tree, tokens = parse_query(cursor.rest(end), cursor.text)
    return replace(statement, tree=tree, tokens=tokens)


def _without_data(cursor: Cursor) -> tuple[int | None, bool]:
    words = [token.text.lower() for token in cursor.tokens]
    if words[-3:] == ["with", "no", "data"]:
        return len(words) - 3, True
    return (len(words) - 2, False) if words[-2:] == ["with", "data"] else (None, False)


def _opens_a_query(cursor: Cursor) -> bool:
    following = cursor.tokens[cursor.place + 1 : cursor.place + 2]
    return any(token.text.lower() in ("select", "with", "values", "(") for token in following)


def _listed(cursor: Cursor) -> list[str]:
    texts, depth, start = [], 0, cursor.place
    while cursor.token is not None:
        depth += (cursor.token.text in ("(", "[")) - (cursor.token.text in (")", "]"))
        cursor.place += 1
        if cursor.token is None or (cursor.token.text == "," and not depth):
            texts.append(cursor.text[cursor.tokens[start].start : cursor.tokens[cursor.place - 1].end + 1])
            cursor.takes(",")
            start = cursor.place
    return texts


def _at_end(cursor: Cursor) -> None:
    if cursor.token is not None:
        cursor.fails("<EOF>")
