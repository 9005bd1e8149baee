"""The intake check reads any file once, counts its rows and names what is wrong with it."""

import gzip
import io

import pytest
from botocore.response import StreamingBody

from lakemill.datasets import dataset
from lakemill.intake import RawFile, alike, checked, examine, header_fault, received, records, unknown_columns

CALLS = dataset("calls")


def examined(content: bytes, *, name: str = "calls/a.csv"):
    return examine(io.BytesIO(content), name=name)


def test_rows_are_counted_below_the_header_whatever_the_line_ends():
    for end in (b"\n", b"\r\n", b"\r"):
        assert examined(end.join([b"a,b", b"1,2", b"", b"  ", b"3,4", b""])).rows == 2


def test_a_byte_order_mark_is_no_part_of_the_first_column():
    assert examined(b'\xef\xbb\xbf"a",b\n1,2\n').header == ("a", "b")


def test_a_quoted_newline_does_not_make_two_rows():
    found = examined(b'a,b\n"one\ntwo",2\n3,4\n')
    assert (found.rows, found.quoted_newlines) == (2, True)


def test_a_file_with_line_ends_of_several_kinds_is_read_line_by_line():
    assert examined(b'a,b\r\n"one\ntwo",2\r\n').quoted_newlines
    for mixed in (b'a,b\n"one\r\ntwo",2\n', b'a,b\r\n"one\rtwo",2\r\n'):
        found = examined(mixed)
        assert (found.rows, found.quoted_newlines) == (2, False)


def test_broken_quoting_spoils_its_lines_but_not_the_file():
    found = examined(b'a,b\n1,2\n"open,2\n3,4\n')
    assert (found.rows, found.quoted_newlines, found.fault) == (3, False, "")


def test_a_gzip_file_is_counted_inside():
    assert examined(gzip.compress(b"a,b\n1,2\n"), name="calls/a.csv.gz").rows == 1


def test_the_stream_may_be_what_s3_returns():
    content = b"a,b\n" + b"1,2\n" * 10_000
    assert examine(StreamingBody(io.BytesIO(content), len(content)), name="a.csv").rows == 10_000
    packed = gzip.compress(content)
    assert examine(StreamingBody(io.BytesIO(packed), len(packed)), name="a.csv.gz").rows == 10_000


@pytest.mark.parametrize(
    ("content", "name", "fault"),
    [
        (b"", "a.csv", "empty"),
        (b"\n \r\n", "a.csv", "empty"),
        (b"\xff\xfea\x00,\x00", "a.csv", "header_not_utf8"),
        (b'"never closed\n1,2\n', "a.csv", "header_broken"),
        (gzip.compress(b"a,b\n" * 1000, mtime=0)[:-10], "a.csv.gz", "broken_gzip"),
        (b"not gzip at all", "a.csv.gz", "broken_gzip"),
        (b"BZh9", "a.csv.bz2", "compression_not_supported"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_refused_row_with_a_reason(content, name, fault):
    found = examined(content, name=name)
    assert (found.fault, found.rows) == (f"unreadable_file:{fault}", 1)


def test_a_file_without_a_required_column_has_a_fault_that_names_it():
    assert header_fault(("start_datetime", "x"), dataset=CALLS) == "missing_column:translated_calling_number"


def test_a_file_that_names_a_column_twice_has_a_fault():
    header = tuple(column.header for column in CALLS.columns)
    assert header_fault(header, dataset=CALLS) == ""
    assert header_fault((*header, "sip_response"), dataset=CALLS) == "unreadable_file:column_twice:sip_response"


def test_a_file_that_is_refused_as_a_whole_counts_as_its_rows_and_at_least_as_one():
    for content, rows in ((b"mood\n1\n2\n", 2), (b"mood\n", 1)):
        found = checked(examined(content), dataset=CALLS, policy="additive")
        assert (found.rows, found.fault) == (rows, "missing_column:start_datetime")


def test_columns_that_nobody_declared_are_refused_only_where_the_policy_is_strict():
    header = ",".join([*(column.header for column in CALLS.columns), "mood"]).encode()
    assert checked(examined(header + b"\n1\n"), dataset=CALLS, policy="additive").fault == ""
    assert checked(examined(header + b"\n1\n"), dataset=CALLS, policy="strict").fault == "unknown_column:mood"
    assert checked(examined(b""), dataset=CALLS, policy="strict").fault == "unreadable_file:empty"


def test_records_over_several_lines_are_found_with_their_first_line_and_their_bytes():
    content = b'\xef\xbb\xbfa,b\r\n\r\n"one\r\ntwo",\xff\r\n  \r\n3,4'
    expected = [(0, 1, b"a,b"), (1, 3, b'"one\r\ntwo",\xff'), (2, 6, b"3,4")]
    for name, file in (("a.csv", content), ("a.csv.gz", gzip.compress(content))):
        found = records(io.BytesIO(file), name=name, spans=True)
        assert [(turn, line, received(text)) for turn, line, text in found] == expected


def test_rows_of_one_line_are_found_with_their_line_whatever_the_quotes():
    content = b'\n\xef\xbb\xbfa,b\r\n \n"1,2\n\n\xff",3\r4,5'
    found = records(io.BytesIO(content), name="a.csv", spans=False)
    expected = [(0, 2, b"\xef\xbb\xbfa,b"), (1, 4, b'"1,2'), (2, 6, b'\xff",3'), (3, 7, b"4,5")]
    assert [(turn, line, received(text)) for turn, line, text in found] == expected


def test_dropped_columns_are_known_and_others_are_reported():
    assert unknown_columns(("start_datetime", "originating_transit_carrier_id", "mood"), dataset=CALLS) == ["mood"]


def test_files_of_one_header_are_read_together_and_files_without_rows_not_at_all():
    contents = {"c": b"a,b\n1,2\n", "a": b"a,b\n3,4\n", "b": b"b,a\n1,2\n", "empty": b"", "header": b"a,b\n", "long": b'a,b\n"1\n",2\n'}
    taken = [(RawFile(key=key, version="1", size=0), examined(content)) for key, content in contents.items()]
    assert [[file.key for file in files] for _, files in alike(taken)] == [["a", "c"], ["long"], ["b"]]


def test_rows_after_a_block_of_plain_lines_are_seen_as_before_it():
    plain = b"1,2\r\n" * 250_000
    assert examined(b"a,b\r\n" + plain).rows == 250_000
    found = examined(b"a,b\r\n" + plain + b'"one\r\ntwo",2\r\n')
    assert (found.rows, found.quoted_newlines) == (250_001, True)
    assert examined(plain + b"," * 20_001 + b"\r\n").fault == "unreadable_file:too_many_columns"
    assert examined(plain + b"3" * 2**20 + b"3").fault == "unreadable_file:row_too_long"
