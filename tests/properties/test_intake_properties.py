"""Whatever bytes arrive, the intake check ends with a count or a reason, and agrees with a plain reading of good files."""

import csv
import gzip
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakemill import lines
from lakemill.datasets import dataset
from lakemill.intake import POLICIES, checked, examine, received, records
from lakemill.lines import BLANKS

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)
PIECES = st.sampled_from([b'"', b",", b"\n", b"\r", b"\r\n", b" ", b"a", b"\xff", b"\0", b"\xef\xbb\xbf", b'""', b"\\"])


@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=40).map(b"".join)))
def test_any_bytes_end_in_a_count_or_a_reason(content):
    found = examine(io.BytesIO(content), name="a.csv")
    assert found.rows >= 0
    assert bool(found.fault) != bool(found.header)
    assert not found.fault or found.rows == 1


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_under_a_gzip_name_end_in_a_count_or_a_reason(content, packed):
    found = examine(io.BytesIO(gzip.compress(content) if packed else content), name="a.csv.gz")
    assert found.fault or found.header


@given(st.lists(st.tuples(CELLS, CELLS), max_size=20), st.sampled_from(["\n", "\r\n"]))
def test_well_formed_files_are_counted_as_they_were_written(rows, end):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b"), *rows])
    found = examine(io.BytesIO(text.getvalue().encode()), name="a.csv")
    assert (found.header, found.rows, found.fault) == (("a", "b"), len(rows), "")


@given(st.lists(st.text(alphabet='ab,"', max_size=6), max_size=12), st.lists(st.text(alphabet=BLANKS, max_size=3), max_size=5))
def test_blank_lines_change_nothing(lines, blanks):
    plain = "\n".join(["a,b", *lines]).encode()
    spaced = "\n".join(part for pair in zip(["a,b", *lines], [*blanks, *[""] * (len(lines) + 1)], strict=False) for part in pair).encode()
    one, two = examine(io.BytesIO(plain), name="a.csv"), examine(io.BytesIO(spaced), name="a.csv")
    if not (one.quoted_newlines or two.quoted_newlines):
        assert (one.header, one.rows) == (two.header, two.rows)


@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.csv.gz", "a/../b.csv", "\n", "a.zip", ""]), st.sampled_from(POLICIES))
def test_any_bytes_under_any_name_end_in_counts_or_a_reason_that_counts_at_least_one_row(content, name, policy):
    found = checked(examine(io.BytesIO(content), name=name), dataset=dataset("calls"), policy=policy)
    assert found.rows >= 1 if found.fault else found.header
    assert not found.fault or found.fault.split(":")[0] in ("unreadable_file", "missing_column", "unknown_column")


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_records_are_as_many_as_counted_and_lie_one_after_the_other(content):
    found = examine(io.BytesIO(b"a,b\n" + content), name="a.csv")
    if not found.fault:
        numbered = list(records(io.BytesIO(b"a,b\n" + content), name="a.csv", spans=found.quoted_newlines))
        assert [turn for turn, _, _ in numbered] == list(range(found.rows + 1))
        lines = [line for _, line, _ in numbered]
        assert lines == sorted(set(lines))
        assert all(received(text) in b"a,b\n" + content for _, _, text in numbered)


@given(st.lists(PIECES | st.just(b"1,2\n"), max_size=40).map(b"".join), st.integers(1, 30))
def test_a_file_is_counted_the_same_whether_or_not_its_plain_blocks_are_counted_as_a_whole(content, size):
    def found(block: int, longest: int):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lines, "_BLOCK", block)
            patch.setattr(lines, "COLUMN_LIMIT", longest)
            return examine(io.BytesIO(b"a,b\n" + content), name="a.csv")

    assert found(size, 9) == found(2**20, 9)


class Endless(io.RawIOBase):
    """The same piece again and again, up to a size; how much of it was read."""

    def __init__(self, piece: bytes, size: int) -> None:
        self.piece, self.left, self.read_bytes = piece, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        size = min(len(buffer), self.left)
        start = self.read_bytes % len(self.piece)
        buffer[:size] = (self.piece * (size // len(self.piece) + 2))[start : start + size]
        self.left -= size
        self.read_bytes += size
        return size


@pytest.mark.parametrize("piece", [b"x", b",", b'"', b'"a\n",', b"\0", b"1" * 999 + b"\r"])
def test_a_row_without_end_takes_bounded_memory_and_is_left_early(piece):
    stream = Endless(piece, 3_000_000)
    tracemalloc.start()
    try:
        found = examine(io.BufferedReader(stream), name="a.csv")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000
    assert found.fault or found.rows
    assert found.fault == "" or stream.read_bytes < 2_000_000


@pytest.mark.parametrize("line", [b" " * 9999 + b"\n", b"1," + b" " * 999 + b"\n"])
def test_a_gzip_bomb_is_left_once_it_has_grown_beyond_all_reason(line):
    bomb = gzip.compress(line * (100_000_000 // len(line)), 9)
    assert len(bomb) < 500_000
    assert examine(io.BytesIO(bomb), name="a.csv.gz").fault == "unreadable_file:gzip_grows_too_much"


def test_a_well_packed_but_honest_file_is_no_bomb():
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 100_000)
    assert examine(io.BytesIO(packed), name="a.csv.gz").rows == 100_000
