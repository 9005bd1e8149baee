"""What a crawl says of one object, rule by rule; no home is needed for it."""

import bz2
import gzip
import io
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pyarrow import parquet

from local.glue.crawler import kinds
from local.glue.crawler.crawl import shape
from local.glue.crawler.delimited import DELIMITERS, Dialect
from local.glue.crawler.objects import BEGINNING, Beginning, Object, beginning, pattern
from local.glue.crawler.shapes import LAZY, OPEN_CSV, Shape


class Store:
    """S3 with one object, which gives ranges and remembers how much was read."""

    def __init__(self, body: bytes) -> None:
        self.body, self.read = body, 0

    def get_object(self, *, Range: str, **_: str) -> dict[str, Any]:  # noqa: N803
        first, last = map(int, Range.removeprefix("bytes=").split("-"))
        part = self.body[first : last + 1]
        self.read += len(part)
        return {"Body": io.BytesIO(part)}


def look(body: bytes | str, *dialects: Dialect) -> Shape:
    content = body.encode() if isinstance(body, str) else body
    return shape(beginning(Store(content), "b", Object("k", "k", len(content))), dialects)


def columns(body: bytes | str, *dialects: Dialect) -> dict[str, str]:
    return {name: kinds.text(kind) for name, kind in look(body, *dialects).columns.items()}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2", "+3"], "bigint"),
        (["0049", "33"], "bigint"),  # as on AWS: leading zeros are lost
        (["1", "2.5"], "double"),
        (["1e3", ".5"], "double"),
        (["9" * 18], "bigint"),
        (["9" * 25], "double"),
        (["true", "FALSE"], "boolean"),
        (["1", "true"], "string"),
        (["1", ""], "bigint"),
        (["", ""], "string"),
        (["01-02-2024 10:00"], "string"),
        (["2024-02-01"], "string"),
        (["0x1F"], "string"),
        ([" 5"], "string"),
        (["1,5"], "string"),
        (["NaN"], "string"),
    ],
)
def test_a_column_of_csv_has_the_type_that_all_its_values_have(values: list[str], kind: str) -> None:
    lines = ["name;n", *(f"x;{value}" for value in values), "x;", "y;"]
    assert columns("\n".join(lines), Dialect(delimiter=";", header="PRESENT"))["n"] == kind


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,x\n2,y\n", ["a", "b"]),
        ("a,b\nx,y\nz,w\n", ["col0", "col1"]),  # nothing but texts
        ("1,b\n2,c\n3,d\n", ["col0", "col1"]),  # a number among the names
        ("a,b,\n1,2,\n3,4,\n", ["a", "b", "col2"]),  # a delimiter at the end of each line
        ("a,\n1,2\n3,4\n", ["a", "col1"]),
        (",b\n1,2\n3,4\n", ["col0", "col1"]),  # only the last name may be empty
        (f"{'a' * 149},b\n1,2\n", ["a" * 149, "b"]),
        (f"{'a' * 150},b\n1,2\n", ["col0", "col1"]),
        ("true,b\n1,2\n", ["col0", "col1"]),
        ("When,WHEN\n1,2\n", ["when", "when_1"]),
        ("\ufeffa,b\n1,2\n", ["a", "b"]),
    ],
)
def test_the_first_line_is_a_header_only_as_aws_says(text: str, names: list[str]) -> None:
    assert list(columns(text)) == names


@pytest.mark.parametrize("sign", DELIMITERS)
def test_delimiters_are_found(sign: str) -> None:
    found = look(f"a{sign}b{sign}c\n1{sign}2{sign}x y\n3{sign}4{sign}z, w; v\n")
    assert (found.delimiter, list(found.columns), found.serde, found.header) == (sign, ["a", "b", "c"], LAZY, True)


@pytest.mark.parametrize("text", ["only one column\n1\n2\n", "a,b\n", "\r\x01", "a-b-c\n1-2-3\n", "\x00\x01\x02,\x00\n1,2\n"])
def test_what_is_no_csv_for_aws_is_unknown(text: str) -> None:
    assert look(text).classification == "UNKNOWN"


def test_a_quoted_comma_is_no_delimiter_but_the_serde_does_not_know_that() -> None:
    found = look('a,b\n1,"x, y"\n2,"z, w"\n')
    assert (list(found.columns), found.serde) == (["a", "b"], LAZY)


def test_lines_that_are_too_short_or_too_long_do_not_spoil_the_others() -> None:
    assert columns("a,b,c\n1,2\n3,4,5\n3,4,5\n6,7,8,9\n") == {"a": "bigint", "b": "bigint", "c": "bigint"}


@pytest.mark.parametrize(
    ("text", "dialect", "expected"),
    [
        ("a,b\nx,y\n", Dialect(delimiter=",", header="PRESENT"), {"a": "string", "b": "string"}),
        ("a,b\n", Dialect(delimiter=",", header="PRESENT"), {"a": "string", "b": "string"}),
        ("a,b\n1,2\n", Dialect(delimiter=",", header="ABSENT"), {"col0": "string", "col1": "string"}),
        ("1,2\n3,4\n", Dialect(delimiter=",", header="ABSENT", names=("x", "y")), {"x": "bigint", "y": "bigint"}),
        ("a\n1\n", Dialect(delimiter=",", header="PRESENT", single=True), {"a": "bigint"}),
        ("a,b\n1, 5\n", Dialect(delimiter=",", header="PRESENT", trimmed=True), {"a": "bigint", "b": "bigint"}),
        ("a,b\n01,2\n", Dialect(delimiter=",", header="PRESENT", types=("STRING", "STRING")), {"a": "string", "b": "string"}),
        ("a~b\n1~2\n", Dialect(delimiter="~", header="PRESENT"), {"a": "bigint", "b": "bigint"}),
    ],
)
def test_a_custom_classifier_has_the_say(text: str, dialect: Dialect, expected: dict[str, str]) -> None:
    assert columns(text, dialect) == expected


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(delimiter=",", header="PRESENT", names=("other", "b")),
        Dialect(delimiter=",", header="ABSENT", names=("a", "b", "c")),
        Dialect(delimiter=",", header="PRESENT", types=("STRING",)),
        Dialect(delimiter="~", header="PRESENT"),
    ],
)
def test_a_classifier_that_does_not_fit_leaves_the_object_to_the_next(dialect: Dialect) -> None:
    fits = Dialect(delimiter=",", header="PRESENT", types=("INT", "LONG"))
    assert columns("a,b\n1,2\n", dialect) == {"a": "bigint", "b": "bigint"}
    assert columns("a,b\n1,2\n", dialect, fits) == {"a": "int", "b": "bigint"}


def test_a_quote_sign_of_a_classifier_asks_for_the_serde_that_knows_quotes() -> None:
    assert look("a,b\n'x, y',2\n", Dialect(delimiter=",", quote="'", header="PRESENT")).serde == OPEN_CSV
    assert look("a,b\n1,2\n", Dialect(delimiter=",", quote="'", header="PRESENT", serde="LazySimpleSerDe")).serde == LAZY


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ('{"a": 1}\n{"a": 2.5, "b": "x"}\n', {"a": "double", "b": "string"}),
        ('{"a": 1, "A b": true}', {"a": "int", "A b": "boolean"}),
        ('{"a": 3000000000}', {"a": "bigint"}),
        ('{"a": null}\n{"a": [1, 2.5]}', {"a": "array<double>"}),
        ('{"a": {"X": 1}}\n{"a": {"y": "z"}}', {"a": "struct<x:int,y:string>"}),
        ('{"a": 1}\n{"a": "x"}', {"a": "string"}),
        ('{"a": {}}', {"a": "string"}),
        ('{\n "a": 1\n}\n{\n "a": 2\n}', {"a": "int"}),
        ('[{"a": 1}, {"a": 2}]', {"array": "array<struct<a:int>>"}),
    ],
)
def test_columns_of_json_are_the_names_of_all_records(records: str, expected: dict[str, str]) -> None:
    assert look(records).classification == "json"
    assert columns(records) == expected


def test_json_with_commas_is_no_csv_even_for_a_classifier_that_splits_at_them() -> None:
    assert look('{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', Dialect(delimiter=",", header="PRESENT")).classification == "json"


@pytest.mark.parametrize("text", ['{"a": 1}\n{"a": \n', '{"a"', "[1,", '{"a": 1} x'])
def test_broken_json_is_unknown(text: str) -> None:
    assert look(text).classification == "UNKNOWN"


def test_a_record_that_the_first_megabyte_cuts_off_is_left_out() -> None:
    record = json.dumps({"a": "x" * 3000}) + "\n"
    found = look(record * 400)
    assert (found.classification, found.whole) == ("json", False)
    assert 300 < found.rows < 400


def test_a_parquet_files_schema_is_read_from_its_end_and_nothing_more() -> None:
    values = {
        "n": pa.array(range(100_000), pa.int32()),
        "t": pa.array([0] * 100_000, pa.timestamp("us")),
        "d": pa.array([None] * 100_000, pa.decimal128(12, 2)),
        "s": pa.array([{"A": 1.0, "b": ["x"]}] * 100_000),
        "u": pa.array([1] * 100_000, pa.uint32()),
    }
    file = io.BytesIO()
    parquet.write_table(pa.table(values), file, compression="zstd")
    store = Store(file.getvalue())
    found = shape(beginning(store, "b", Object("k", "k", len(store.body))), [])
    assert {name: kinds.text(kind) for name, kind in found.columns.items()} == {
        "n": "int",
        "t": "timestamp",
        "d": "decimal(12,2)",
        "s": "struct<a:double,b:array<string>>",
        "u": "bigint",
    }
    assert (found.classification, found.rows, found.compression) == ("parquet", 100_000, "none")
    assert look(store.body[:-4] + b"xxxx").classification == "UNKNOWN"


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (bz2.compress, "bzip2")])
def test_compressed_objects_are_unpacked(pack: Any, name: str) -> None:
    found = look(pack(b"a,b\n1,2\n3,4\n"))
    assert (found.classification, found.compression, found.rows, found.whole) == ("csv", name, 2, True)
    assert look(pack(b"a,b\n1,2\n" * 200_000)).whole is False
    assert look(pack(b"a,b\n1,2\n3,4\n")[:10] + b"\xff" * 40).classification == "UNKNOWN"


def test_zstandard_is_not_recognised_as_on_aws() -> None:
    assert look(b"\x28\xb5\x2f\xfd" + b"a,b\n1,2\n").classification == "UNKNOWN"


def test_at_most_a_megabyte_is_read_and_a_thousand_rows_are_judged() -> None:
    rows = b"1,2\n" * 1_000_000
    store = Store(b"a,b\n" + rows + b"x,y\n")
    found = shape(beginning(store, "b", Object("k", "k", len(store.body))), [])
    assert (store.read, found.rows, found.whole) == (BEGINNING, 1000, False)
    assert set(found.columns.values()) == {"bigint"}


@pytest.mark.parametrize(
    ("glob", "fits", "not_fitting"),
    [
        ("*.csv", ["a.csv"], ["b/a.csv", "a.csv.gz"]),
        ("**.csv", ["a.csv", "b/a.csv"], ["a.json"]),
        ("b/**", ["b/a", "b/c/d"], ["b", "c/b/a"]),
        ("data?.{csv,json}", ["data1.csv", "data2.json"], ["data.csv", "data1.xml"]),
        ("[a-c]*", ["abc"], ["d", "a/b"]),
        ("a+b,c", ["a+b,c"], ["aab,c"]),
    ],
)
def test_exclusions_are_globs(glob: str, fits: list[str], not_fitting: list[str]) -> None:
    assert all(pattern(glob).fullmatch(each) for each in fits)
    assert not any(pattern(glob).fullmatch(each) for each in not_fitting)


KINDS = some.recursive(
    some.sampled_from(["", "tinyint", "int", "bigint", "float", "double", "boolean", "string", "timestamp"]),
    lambda inner: some.dictionaries(some.sampled_from("abc"), inner, max_size=3) | inner.map(lambda one: [one]),
    max_leaves=6,
)


@given(KINDS, KINDS)
def test_the_type_of_two_does_not_depend_on_their_order(one: Any, other: Any) -> None:
    assert kinds.merged(one, other) == kinds.merged(other, one)


@given(KINDS, KINDS)
def test_a_type_takes_in_what_it_has_taken_in(one: Any, other: Any) -> None:
    both = kinds.merged(one, other)
    assert kinds.merged(both, one) == both
    assert kinds.merged(one, one) == one


@given(some.lists(some.integers(-(10**17), 10**17), min_size=1, max_size=30))
def test_whole_numbers_are_bigint(numbers: list[int]) -> None:
    assert columns("a|b\n" + "".join(f"{number}|x\n" for number in numbers) + "1|y\n") == {"a": "bigint", "b": "string"}


@given(some.binary(max_size=400))
def test_no_object_breaks_a_crawl(content: bytes) -> None:
    assert shape(Beginning(content, whole=True), [Dialect(delimiter=",", header="PRESENT")]).classification in ("UNKNOWN", "csv", "json")
