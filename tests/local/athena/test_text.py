"""Result files and values, byte by byte."""

import io
from collections.abc import Callable
from decimal import Decimal

import pytest

from local.athena import results
from local.athena.column_types import from_hive
from local.athena.failures import QueryFailure, Refusal
from local.athena.text import java_double, plain

DOUBLES = [(0.0, "0.0"), (-0.0, "-0.0"), (1.0, "1.0"), (9999999.0, "9999999.0"), (1e7, "1.0E7"), (1.2345e-5, "1.2345E-5"), (0.001, "0.001"),
           (float("nan"), "NaN"), (float("-inf"), "-Infinity"), (1e300, "1.0E300"), (123456789.125, "1.23456789125E8")]  # fmt: skip


class Store:
    """S3 with one object, as boto3 answers."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def get_object(self, *, Range: str = "bytes=0-", **_: str) -> dict[str, io.BytesIO]:  # noqa: N803
        return {"Body": io.BytesIO(self.content[int(Range[6:-1]) :])}


@pytest.mark.parametrize(("value", "text"), DOUBLES)
def test_doubles_print_as_javas(value: float, text: str) -> None:
    assert java_double(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.5"),
        (0.1, "0.1"),
        (1e7, "1.0E7"),
        (123456.789, "123456.79"),
        (1e6, "1000000.0"),
        (3.4e38, "3.4E38"),
        (0.001, "0.001"),
        (5, "5.0"),
    ],
)
def test_reals_print_as_javas_floats(answer: Callable[..., object], value: float, text: str) -> None:
    assert answer(f"select cast({value!r} as real)") == [[text]]


def test_plain_values_print_as_athenas() -> None:
    assert [plain(value) for value in (True, Decimal("1.50"), b"\xde\xad")] == ["true", "1.50", "de ad"]


def test_a_csv_quotes_every_value_and_writes_null_as_nothing() -> None:
    out = io.BytesIO()
    assert results.write_csv(out, ["a", "b"], [["1", None], ['x"y', ""], [None, "two\nlines"]]) == 3
    assert out.getvalue() == b'"a","b"\n"1",\n"x""y",""\n,"two\nlines"\n'


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_together_give_the_file_back(size: int) -> None:
    rows: list[list[str | None]] = [["1", None], ['x"y', ""], [None, "two\nlines"], [None, None]]
    out = io.BytesIO()
    results.write_csv(out, ["a", "b"], rows)
    read, offset = [], 0
    while offset is not None:
        page, offset = results.read_page(Store(out.getvalue()), "s3://b/q.csv", offset, size)  # type: ignore[assignment]
        assert len(page) <= size
        read += page
    assert read == [["a", "b"], *rows]


def test_a_page_token_of_another_query_is_malformed() -> None:
    assert results.offset_of("q1", results.token("q1", 42)) == 42
    for token in (results.token("q2", 42), "nope"):
        with pytest.raises(Refusal, match=f"Malformed nextPageToken {token}"):
            results.offset_of("q1", token)


def test_hive_types_nest() -> None:
    assert from_hive("array<struct<a:int,b:map<string,decimal(5,2)>>>") == 'STRUCT("a" INTEGER, "b" MAP(VARCHAR, DECIMAL(5,2)))[]'
    with pytest.raises(QueryFailure, match="uniontype"):
        from_hive("uniontype<int>")
