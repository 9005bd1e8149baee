"""Values of rows to bytes and back. The driver's own types do it; what comes again and again they do once.

The driver looks up a column's type, its policies and its options for each value of each row, which takes most of the time of a load
and of an export, the more where it is pure Python (in jobs). Here that is done once for a column.
"""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial
from itertools import repeat
from struct import Struct
from typing import Any

VERSION = 4  # of the protocol, which is Keyspaces'
REMEMBERED = 50_000
_LENGTH = Struct(">i")
Encode = Callable[[Any], bytes]
Decode = Callable[[bytes | None], Any]


@cache
def encoder(kind: Any) -> Encode:
    """How values of a type of the driver become bytes. Numbers that are equal and not the same (1.5 and 1.50) stay what they are."""
    encode = partial(kind.serialize, protocol_version=VERSION)
    if kind.typename in ("text", "varchar"):
        return str.encode
    if kind.typename in ("double", "float"):
        return encode
    if kind.typename == "decimal":
        from decimal import Decimal

        by_text = lru_cache(REMEMBERED)(lambda text: encode(Decimal(text)))
        return lambda value: by_text(str(value))
    return lru_cache(REMEMBERED, typed=True)(encode)


@cache
def decoder(kind: Any) -> Decode:
    """How bytes, or None, become a value of a type of the driver; dates become Python's own."""
    if kind.typename == "int":
        number = Struct(">i").unpack
        return lambda value: number(value)[0] if value else None
    if kind.typename in ("text", "varchar"):
        return lru_cache(REMEMBERED)(lambda value: None if value is None else value.decode())
    decode = partial(kind.from_binary, protocol_version=VERSION)
    if kind.typename == "date":
        return lru_cache(REMEMBERED)(lambda value: decode(value).date() if value else None)
    return lru_cache(REMEMBERED)(decode)


def encoded(values: Sequence[Any], *, by: Sequence[Encode]) -> list[bytes | None]:
    """A row as bytes, value by value."""
    return [None if value is None else encode(value) for encode, value in zip(by, values, strict=True)]


def decoded(page: bytes, *, by: Sequence[Decode]) -> list[tuple[Any, ...]]:
    """The rows of a page: their number, then value after value behind its length, which is negative where there is none."""
    length_at, place = _LENGTH.unpack_from, _LENGTH.size
    cells: list[bytes | None] = []
    keep = cells.append
    for _ in repeat(None, length_at(page)[0] * len(by)):
        (length,) = length_at(page, place)
        place += 4
        if length < 0:
            keep(None)
        else:
            end = place + length
            keep(page[place:end])
            place = end
    return list(zip(*(map(decode, cells[column :: len(by)]) for column, decode in enumerate(by)), strict=True))


@cache
def protocol() -> Any:
    """The driver's protocol with rows decoded by `decoded`, for `session.client_protocol_handler`."""
    from cassandra.protocol import ResultMessage, _ProtocolHandler

    def receive(self: Any, stream: Any, _version: int, user_types: Any, prepared: Any, _encryption: Any) -> None:
        self.recv_results_metadata(stream, user_types)
        columns = self.column_metadata or prepared
        self.column_names = [column[2] for column in columns]
        self.column_types = [column[3] for column in columns]
        self.parsed_rows = decoded(stream.read(), by=[decoder(kind) for kind in self.column_types])

    result = type("Result", (ResultMessage,), {"recv_results_rows": receive})
    kinds = {**_ProtocolHandler.message_types_by_opcode, ResultMessage.opcode: result}
    return type("Protocol", (_ProtocolHandler,), {"message_types_by_opcode": kinds})
