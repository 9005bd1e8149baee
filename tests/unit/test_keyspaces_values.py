"""Values as bytes: what the driver's own types make of them, and rows of a page as the driver's protocol hands them on."""

import io
import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from cassandra.cqltypes import lookup_casstype
from cassandra.protocol import ResultMessage
from cassandra.query import PreparedStatement
from hypothesis import given
from hypothesis import strategies as st

from lakemill.keyspaces_values import decoder, encoded, encoder, protocol
from tests.unit.keyspaces_fake import CASS

NONE = -1
MILLISECONDS = st.integers(0, 4_000_000_000_000).map(
    lambda n: datetime.fromtimestamp(0, UTC).replace(tzinfo=None) + timedelta(milliseconds=n)
)
VALUES = {
    "text": st.text(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, places=4),
    "boolean": st.booleans(),
    "timestamp": MILLISECONDS,
    "date": st.dates(date(1970, 1, 1), date(2200, 1, 1)),
}
KINDS = {name: lookup_casstype(CASS[name]) for name in VALUES}
ROW = st.tuples(*(st.none() | strategy for strategy in VALUES.values()))


def page(rows: Sequence[Sequence[bytes | None]]) -> bytes:
    """Rows as Keyspaces sends them."""
    cells = (cell for row in rows for cell in row)
    return struct.pack(">i", len(rows)) + b"".join(struct.pack(">i", NONE) if c is None else struct.pack(">i", len(c)) + c for c in cells)


def received(rows: Sequence[Sequence[bytes | None]], message: type) -> list[tuple[Any, ...]]:
    """What a message of the driver makes of a page."""
    made: Any = message(2)
    made.column_metadata = [("k", "t", name, kind) for name, kind in KINDS.items()]
    made.recv_results_metadata = lambda *_: None
    made.recv_results_rows(io.BytesIO(page(rows)), 4, {}, None, None)
    assert made.column_names == list(KINDS)
    return list(made.parsed_rows)


@given(ROW)
def test_a_row_is_written_as_the_driver_would_write_it(row: tuple[Any, ...]) -> None:
    columns = [type("Column", (), {"name": name, "type": kind, "keyspace_name": "k", "table_name": "t"}) for name, kind in KINDS.items()]
    bound = PreparedStatement(columns, b"1", [], "", "k", 4, [], None).bind(row)
    assert encoded(row, by=[encoder(kind) for kind in KINDS.values()]) == bound.values


@given(st.lists(ROW, max_size=5))
def test_what_was_written_is_read_and_as_the_driver_reads_it(rows: list[tuple[Any, ...]]) -> None:
    sent = [encoded(row, by=[encoder(kind) for kind in KINDS.values()]) for row in rows]
    ours = received(sent, protocol().message_types_by_opcode[ResultMessage.opcode])
    assert ours == rows
    theirs = [tuple(value.date() if type(value).__name__ == "Date" else value for value in row) for row in received(sent, ResultMessage)]
    assert repr(ours) == repr(theirs)


def test_equal_numbers_that_are_not_the_same_stay_different() -> None:
    encode = encoder(KINDS["decimal"])
    assert [str(decoder(KINDS["decimal"])(encode(Decimal(text)))) for text in ("1.5", "1.50", "1.500")] == ["1.5", "1.50", "1.500"]
    double = encoder(KINDS["double"])
    assert double(0.0) != double(-0.0)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "text"])
def test_a_value_without_bytes_is_none_except_a_text(name: str) -> None:
    assert decoder(KINDS[name])(b"") is None
    assert decoder(KINDS["text"])(b"") == ""


def test_a_value_that_does_not_fit_is_an_error() -> None:
    with pytest.raises((TypeError, struct.error)):
        encoder(KINDS["int"])(2**31)
