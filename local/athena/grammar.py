"""Reading a statement from left to right: the words, names and properties around a query.

The queries themselves are parsed by sqlglot. What stands before one is blanked, not cut away, so that positions in errors
are those of the whole text.
"""

import re
from typing import NoReturn

import sqlglot
from sqlglot import exp
from sqlglot.dialects import Trino  # by its class: found by name, a second thread gets it half loaded
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from local.athena.failures import Refusal
from local.athena.statement import Value

_QUOTED = (TokenType.IDENTIFIER, TokenType.STRING)
_FIRST = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(prepare|execute|explain|deallocate)\b", re.I | re.S
)  # sqlglot would take all after them as one text
_BOOLEANS = {"true": True, "false": False}


def tokens_of(text: str) -> tuple[Token, ...]:
    """The tokens of a text. Raises Refusal."""
    try:
        return tuple(sqlglot.tokenize(text, read=Trino))
    except TokenError as error:
        raise Refusal(f"line 1:1: {str(error).splitlines()[0]}") from None


def _masked(text: str, span: tuple[int, int]) -> str:
    return text[: span[0]] + "x" * (span[1] - span[0]) + text[span[1] :]


def where(token: Token) -> str:
    """`line l:c: ` of the first letter of a token."""
    return f"line {token.line}:{token.col - (token.end - token.start)}: "


class Cursor:
    """A place in the tokens of a statement."""

    def __init__(self, text: str) -> None:
        self.text = text
        first = _FIRST.match(text)
        self.tokens = tokens_of(_masked(text, first.span(1)) if first else text)
        self._first = first[1].lower() if first else ""
        self.place = 0

    @property
    def token(self) -> Token | None:
        """The token here, None at the end."""
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def sees(self, *words: str) -> bool:
        """Whether these words stand here."""
        here = [token.text.lower() for token in self.tokens[self.place : self.place + len(words)] if token.token_type not in _QUOTED]
        if here and not self.place and self._first:
            here[0] = self._first
        return here == list(words)

    def takes(self, *words: str) -> bool:
        """Step over these words if they stand here."""
        found = self.sees(*words)
        self.place += len(words) if found else 0
        return found

    def needs(self, *words: str) -> None:
        """Step over these words. Raises Refusal where they do not stand."""
        for word in words:
            if not self.takes(word):
                self.fails(f"'{word.upper()}'")

    def fails(self, expecting: str) -> NoReturn:
        """Refuse what stands here. Raises Refusal."""
        token = self.token
        if token is None:
            last = self.tokens[-1] if self.tokens else None
            at = f"line {last.line}:{last.col + 1}: " if last else "line 1:1: "
            raise Refusal(f"{at}mismatched input '<EOF>'. Expecting: {expecting}")
        raise Refusal(f"{where(token)}mismatched input '{token.text}'. Expecting: {expecting}")

    def identifier(self) -> exp.Identifier:
        """Step over a name."""
        token = self.token
        if (
            token is None
            or token.token_type == TokenType.STRING
            or not (token.token_type == TokenType.IDENTIFIER or token.text.isidentifier())
        ):
            self.fails("<identifier>")
        if self.text[token.start] == "`":
            raise Refusal(f"{where(token)}backquoted identifiers are not supported; use double quotes to quote identifiers")
        self.place += 1
        named = exp.Identifier(this=token.text, quoted=token.token_type == TokenType.IDENTIFIER)
        named.update_positions(token)
        return named

    def table(self) -> exp.Table:
        """Step over `[[catalog.]database.]table`."""
        parts = [self.identifier()]
        while self.takes("."):
            parts.append(self.identifier())
        return exp.Table(**dict(zip(("this", "db", "catalog"), reversed(parts), strict=False)))

    def string(self) -> str:
        """Step over a text in single quotes."""
        token = self.token
        if token is None or token.token_type != TokenType.STRING:
            self.fails("<string>")
        self.place += 1
        return token.text

    def properties(self) -> dict[str, Value]:
        """Step over `(name = value, …)`. Raises Refusal."""
        found: dict[str, Value] = {}
        self.needs("(")
        while True:
            token, name = self.token, str(self.identifier().this)
            if token is not None and name.lower() in found:
                raise Refusal(f"{where(token)}Duplicate property: {name}")
            self.needs("=")
            found[name.lower()] = self._value()
            if not self.takes(","):
                break
        self.needs(")")
        return found

    def closing(self) -> int:
        """The place of the bracket that closes the one before this place. Raises Refusal."""
        depth = 1
        for place in range(self.place, len(self.tokens)):
            kind = self.tokens[place].token_type
            depth += (kind == TokenType.L_PAREN) - (kind == TokenType.R_PAREN)
            if not depth:
                return place
        self.place = len(self.tokens)
        return self.fails("')'")

    def rest(self, end: int | None = None) -> str:
        """The text from here to the token at place `end`, with blanks in the place of everything before."""
        if self.token is None:
            self.fails("<query>")
        last = len(self.text) if end is None else self.tokens[end].start
        return re.sub(r"[^\n]", " ", self.text[: self.token.start]) + self.text[self.token.start : last]

    def _value(self) -> Value:
        if self.takes("array", "["):
            listed = []
            while not self.takes("]"):
                listed.append(self.string())
                if not self.takes(",") and not self.sees("]"):
                    self.fails("']'")
            return listed
        token = self.token
        if token is not None and token.token_type == TokenType.NUMBER:
            try:
                number = float(token.text)
            except ValueError:
                self.fails("<number>")
            self.place += 1
            return int(number) if token.text.isdigit() else number
        if token is not None and token.token_type != TokenType.STRING and token.text.lower() in _BOOLEANS:
            self.place += 1
            return _BOOLEANS[token.text.lower()]
        return self.string()
