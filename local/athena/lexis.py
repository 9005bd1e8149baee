"""What sqlglot reads and Trino does not, as far as a few words in a row show it.

sqlglot is forgiving: it takes a comma too many, a list without members, LIMIT before OFFSET. AWS refuses such a text at the start,
so it is refused here, at the word where Trino stops.
"""

import re
from itertools import pairwise

from sqlglot.tokenizer_core import Token, TokenType

from local.athena.failures import Refusal

EOF, NAME, NUMBER, STRING = "<EOF>", "<identifier>", "<number>", "<string>"
# What can follow neither a comma nor SELECT, GROUP BY or OVER. OFFSET and the like may be names in Trino.
_ENDS = frozenset({EOF, ")", "]", ",", "from", "where", "group by", "having", "order by", "union", "intersect", "except", "on", "using"})
_BEFORE_A_MEMBER = frozenset({",", "select", "group by"})
_TYPES = frozenset("bigint boolean char date decimal double integer real smallint time timestamp tinyint varchar".split())  # noqa: SIM905
_BEFORE_AN_OPERAND = frozenset(
    "select where on and or not in when then else by , ( [ = <> != < > <= >= + - * / % || ->".split()  # noqa: SIM905
)
_KNOWN = _TYPES | frozenset("array dec hyperloglog int interval ipaddress json map numeric row tdigest uuid varbinary".split())  # noqa: SIM905
_PARTS = frozenset(
    """day day_of_month day_of_week day_of_year dow doy hour minute month quarter second timezone_hour timezone_minute week year
    year_of_week yow""".split()  # noqa: SIM905
)
_FIELDS = frozenset({"year", "month", "day", "hour", "minute", "second"})
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?|\.[0-9]+([eE][+-]?[0-9]+)?")
_DECIMAL = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*")
_KINDS = {TokenType.IDENTIFIER: NAME, TokenType.NUMBER: NUMBER, TokenType.STRING: STRING}


def check(tokens: tuple[Token, ...]) -> None:
    """Raise Refusal at the first word that Trino does not take where it stands."""
    words = [_KINDS.get(token.token_type) or " ".join(token.text.lower().split()) for token in tokens] + [EOF, EOF]
    for place in range(len(tokens)):
        _check_number(tokens, place)
        _check_type(words, tokens, place)
        wrong = _wrong(words[place - 1] if place else "", words[place : place + 3])
        if wrong:
            raise _mismatch(tokens, place + wrong)


def with_plain_decimals(text: str, tokens: tuple[Token, ...]) -> str:
    """The text with `1.50` in the place of `decimal '1.50'`, which has the same type: sqlglot takes the latter for a cast without one."""
    for first, second in pairwise(tokens):
        number = _DECIMAL.fullmatch(second.text)
        if first.text.lower() == "decimal" and second.token_type == TokenType.STRING and number:
            plain = f"({second.text.strip()}{'' if '.' in second.text else '.'})"
            text = text[: first.start] + plain.ljust(second.end + 1 - first.start) + text[second.end + 1 :]
    return text


def _wrong(before: str, words: list[str]) -> int:
    """How far behind the first of the words the wrong one stands; 0 if none is."""
    first, second, third = words
    member = (
        first in _BEFORE_A_MEMBER
        or (first in ("all", "distinct") and before in ("select", "group by"))
        or (first == "over" and before == ")")
    )
    list_of_none = first == "in" and (second, third) == ("(", ")")
    limit_first = first == "limit" and second in (NUMBER, "?", "all") and third == "offset"
    part = (first, second) == ("extract", "(") and third not in _PARTS
    unit = first == "interval" and second == STRING and third not in _FIELDS
    wrong = (
        (first in _BEFORE_AN_OPERAND and second == "[")
        or second in ("{", "==")
        or (first, second) == (STRING, ".")
        or (member and second in _ENDS)
        or (first, second) in {("as", STRING), (STRING, STRING), ("interval", NUMBER), ("limit", STRING), ("limit", "-")}
        or (first in _TYPES and second == NUMBER)
    )
    return 1 if wrong else 2 if list_of_none or limit_first or unit or part else 0


def _check_type(words: list[str], tokens: tuple[Token, ...], place: int) -> None:
    """A cast names a type of Trino's; timestamps are written with a blank."""
    if words[place] == "timestamp" and words[place + 1] == STRING and re.search("[0-9]T[0-9]", tokens[place + 1].text):
        raise Refusal(f"{_at(tokens[place])}'{tokens[place + 1].text}' is not a valid TIMESTAMP literal")
    if words[place] not in ("cast", "try_cast") or words[place + 1] != "(":
        return
    depth, target = 0, 0
    for each in range(place + 1, len(tokens)):
        depth += (words[each] == "(") - (words[each] == ")")
        target = each + 1 if depth == 1 and words[each] == "as" else target
        if not depth:
            break
    if target and words[target].split()[0] not in _KNOWN:  # `double precision` is one word here
        raise Refusal(f"{_at(tokens[place])}Unknown type: {words[target]}")


def _check_number(tokens: tuple[Token, ...], place: int) -> None:
    token = tokens[place]
    if token.token_type != TokenType.NUMBER:
        return
    behind = tokens[place + 1 : place + 2]
    touches = any(each.start == token.end + 1 and (each.text[:1].isalnum() or each.text[:1] == "_") for each in behind)
    if touches or not _NUMBER.fullmatch(token.text):
        raise Refusal(f"{_at(token)}identifiers must not start with a digit; surround the identifier with double quotes")
    if place and tokens[place - 1].text.lower() in ("limit", "offset") and not token.text.isdigit():
        raise _mismatch(tokens, place)


def _mismatch(tokens: tuple[Token, ...], place: int) -> Refusal:
    if place < len(tokens):
        return Refusal(f"{_at(tokens[place])}mismatched input '{tokens[place].text}'")
    last = tokens[-1]
    return Refusal(f"line {last.line}:{last.col + 1}: mismatched input '{EOF}'")


def _at(token: Token) -> str:
    return f"line {token.line}:{token.col - (token.end - token.start)}: "
