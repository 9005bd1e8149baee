"""Zone names in SQL: people write `cleaned.calls`, each deployment has a database of its own behind it.

Only the names of databases change, at their exact places in the text: strings, comments, aliases, columns and the
names of WITH queries stay as they are.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

_SHOW = ("SHOW", "DESCRIBE", "DESC")
_BEFORE_A_TABLE = (*_SHOW, "FROM", "JOIN", "INTO", "TABLE", "VIEW", "OPTIMIZE", "VACUUM", "IN", "PARTITIONS", "TBLPROPERTIES")
_BEFORE_A_DATABASE = ("IN", "FROM")
_LEAD = "SELECT "  # a first word that keeps the tokenizer from taking all of a SHOW as one piece
_QUOTES = '"`'


def physical(sql: str, databases: Mapping[str, str]) -> str:
    """The SQL with zone names replaced by the databases behind them."""
    places = sorted(set(_places(sql, databases)), reverse=True)
    for start, end in places:
        written = sql[start:end]
        quote = written[0] if written[0] in _QUOTES else ""
        sql = f"{sql[:start]}{quote}{databases[written.strip(_QUOTES).lower()]}{quote}{sql[end:]}"
    return sql


def readable(text: str, databases: Mapping[str, str]) -> str:
    """A message or a query with the databases' names put back to the zones'."""
    for zone, database in sorted(databases.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(database, zone)
    return text


def _places(sql: str, zones: Iterable[str]) -> Iterator[tuple[int, int]]:
    from sqlglot import exp, parse  # here: a third of a second that most commands need not wait for
    from sqlglot.dialects import Athena  # by its class: found by name, a second thread gets it half loaded
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    skipped = _explain(sql)
    try:
        statements = [statement for statement in parse(sql[skipped:], read=Athena) if statement]
    except SqlglotError:
        statements = []  # Athena will say what is wrong; until then the words around a name must do
    if not statements or any(isinstance(statement, exp.Command) for statement in statements):
        yield from _by_words(sql, set(zones))
        return
    for statement in statements:
        for start, end in _by_tree(statement, set(zones)):
            yield start + skipped, end + skipped


def _by_tree(statement: "Expr", zones: set[str]) -> Iterator[tuple[int, int]]:
    from sqlglot import exp

    tables = [table for table in statement.find_all(exp.Table) if table.db.lower() in zones]
    aliases = {alias.alias.lower() for alias in statement.find_all(exp.Table, exp.Subquery) if alias.alias}
    in_full = {(table.db.lower(), table.name.lower()) for table in tables}
    columns = [
        column
        for column in statement.find_all(exp.Column)
        if (column.db.lower(), column.table.lower()) in in_full and column.db.lower() not in aliases
    ]
    for node in (*tables, *columns):
        place = node.args["db"].meta
        yield place["start"], place["end"] + 1


def _by_words(sql: str, zones: set[str]) -> Iterator[tuple[int, int]]:
    """For statements without a tree (SHOW, OPTIMIZE, MSCK): a zone where a table or, in SHOW, a database is expected."""
    words = _words(sql)
    shows = bool(words) and words[0].text.upper() in _SHOW
    for before, word, after in zip(words, words[1:], [*words[2:], None], strict=False):
        if word.text.lower() not in zones or word.token_type.name == "STRING":
            continue
        qualifies = after is not None and after.text == "."
        if (qualifies and before.text.upper() in _BEFORE_A_TABLE) or (shows and before.text.upper() in _BEFORE_A_DATABASE):
            yield word.start - len(_LEAD), word.end - len(_LEAD) + 1


def _explain(sql: str) -> int:
    """How many characters stand before the statement that an EXPLAIN explains; 0 for any other statement."""
    words = _words(sql)
    if not words or words[0].text.upper() != "EXPLAIN":
        return 0
    return next((word.start - len(_LEAD) for word in words if word.text.upper() in ("SELECT", "WITH", "INSERT", "CREATE")), 0)


def _words(sql: str) -> list[Any]:
    from sqlglot.dialects import Trino
    from sqlglot.errors import SqlglotError

    try:
        return list(Trino().tokenize(_LEAD + sql))[1:]
    except SqlglotError:
        return []
