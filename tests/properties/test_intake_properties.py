"""Whatever bytes arrive, the intake check ends with a count or a reason, and agrees with a plain reading of good files."""

import csv
import gzip
import io

from hypothesis import given
from hypothesis import strategies as st

from lakemill.intake import examine
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
