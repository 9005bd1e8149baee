"""Lines of both editions of the retail file as rows, and why other lines are none."""

import gzip
from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from lakemill.datasets import by_flow, of_files, wide
from lakemill.declare import Column, DeclarationError, Type
from lakemill.samples import sample
from lakemill.wide import WideTable
from lakemill.wide_rows import HeaderError, Refused, Row, UnreadableError, fingerprint, rows

RETAIL = wide()["retail"]
FIRST = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
SECOND = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
LINE = "536365,85123A,WHITE HOLDER,6,{when},2.55,{who},United Kingdom\n"
VALUES = ("536365", "85123A", "WHITE HOLDER", 6, datetime(2010, 12, 1, 8, 26), Decimal("2.5500"), "17850", "United Kingdom")
PUBLIC = Path(__file__).parents[3] / "shared" / "data" / "retail"


@pytest.fixture
def read(tmp_path: Path):
    def write(content: str | bytes, *, name: str = "lines.csv") -> list[Row | Refused]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(rows(path, dataset=RETAIL))

    return write


@pytest.mark.parametrize("header", [FIRST, SECOND, "\ufeff" + SECOND])
@pytest.mark.parametrize("when", ["12/1/10 8:26", "12/1/2010 08:26", "2010-12-01 08:26:00"])
@pytest.mark.parametrize("who", ["17850", "17850.0"])
def test_both_headers_three_styles_of_dates_and_ids_as_numbers_give_one_row(read, header: str, when: str, who: str) -> None:
    assert read(header + LINE.format(when=when, who=who)) == [Row(2, VALUES)]


def test_a_line_without_a_customer_is_a_row_and_cancelled_lines_are_too(read) -> None:
    cancelled = "C536379,D,Discount,-1,12/1/2010 9:41,27.5,,United Kingdom\n"
    [row] = read(FIRST + cancelled)
    assert (row.values[0], row.values[3], row.values[6]) == ("C536379", -1, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("536365,85123A,HOLDER,six,12/1/10 8:26,2.55,17850,UK", "not_a_number:quantity"),
        ("536365,85123A,HOLDER,2147483648,12/1/10 8:26,2.55,17850,UK", "not_a_number:quantity"),
        ("536365,85123A,HOLDER,6,31/12/2010 8:26,2.55,17850,UK", "not_a_timestamp:invoiced_at"),
        ("536365,85123A,HOLDER,6,12/1/10 8:26,nan,17850,UK", "not_a_number:price"),
        ("536365,85123A,HOLDER,6,12/1/10 8:26,,17850,UK", "missing:price"),
        (",85123A,HOLDER,6,12/1/10 8:26,2.55,17850,UK", "missing:invoice"),
        ("536365,85123A,HOLDER,6,12/1/10 8:26", "broken_line"),
        ('536365,85123A,HOL"DER,6,"12/1/10" 8:26,2.55,17850,UK', "broken_line"),
    ],
)
def test_a_line_that_is_no_row_is_refused_with_its_reason_and_the_next_one_is_read(read, line: str, reason: str) -> None:
    refused, good = read(FIRST + line + "\n" + LINE.format(when="12/1/10 8:26", who="17850"))
    assert (refused.line, refused.reason) == (2, reason)
    assert good == Row(3, VALUES)


def test_latin_1_is_read_where_a_byte_is_not_utf_8_and_only_there(read) -> None:
    line = LINE.replace("WHITE HOLDER", "CAFÉ £").format(when="12/1/10 8:26", who="17850")
    found = read(FIRST.encode() + b"".join(line.encode(name) for name in ("utf-8", "latin-1", "utf-8")))
    assert [row.values[2] for row in found] == ["CAFÉ £"] * 3


def test_lines_count_from_the_header_also_over_quoted_newlines_and_blanks(read) -> None:
    spanning = LINE.replace("WHITE HOLDER", '"WHITE\nHOLDER"')
    found = read(FIRST + (spanning + "\n" + LINE).format(when="12/1/10 8:26", who="17850"))
    assert [each.line for each in found] == [2, 5]


def test_a_million_characters_are_a_row_and_more_than_a_megabyte_is_none(read) -> None:
    long, longer = (LINE.replace("WHITE HOLDER", "x" * size).format(when="12/1/10 8:26", who="17850") for size in (10**6, 2**20))
    good, refused = read(FIRST + long + longer)
    assert len(good.values[2]) == 10**6
    assert (refused.reason, len(refused.raw)) == ("row_too_large", 4096)


@pytest.mark.parametrize("header", ["a,b,c\n", FIRST.replace("Quantity", "Amount"), ""])
def test_a_wrong_header_is_told_with_what_is_missing(read, header: str) -> None:
    with pytest.raises(HeaderError, match="quantity"):
        read(header + "1,2,3\n")


def test_a_column_under_both_of_its_names_is_refused(read) -> None:
    with pytest.raises(HeaderError, match="invoice twice: InvoiceNo, Invoice"):
        read(FIRST.replace("Country", "Invoice"))


def test_a_file_is_known_by_what_it_holds_packed_or_not(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.csv", tmp_path / "b.csv.gz"
    plain.write_text(FIRST)
    packed.write_bytes(gzip.compress(FIRST.encode()))
    assert fingerprint(plain) == fingerprint(packed)
    packed.write_bytes(packed.read_bytes()[:-12])
    with pytest.raises(UnreadableError, match="ended before"):
        fingerprint(packed)


def test_the_generator_plants_what_it_says_and_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    made = [sample("retail", tmp_path / name, rows=3000, files=4, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    contents = [[path.read_bytes() for path in planted.files] for planted in made]
    assert contents[0] == contents[1] != contents[2]
    found = [each for path in made[0].files for each in rows(path, dataset=RETAIL)]
    assert Counter(each.reason for each in found if isinstance(each, Refused)) == made[0].refused
    assert len(found) == made[0].rows == 3000
    good = [each for each in found if isinstance(each, Row)]
    assert {row.values[0][:1] for row in good} >= {"C", "5"}
    assert any("É" in row.values[2] for row in good if row.line)
    pairs = Counter((row.values[0], row.values[1]) for row in good)
    assert max(pairs.values()) > 1, "the original's key would have lost none"


def test_a_dataset_in_keyspaces_is_none_of_files() -> None:
    assert "retail" not in of_files()
    assert "retail" not in {each.name for members in by_flow().values() for each in members}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"together": ()}, "at least one partition column"),
        ({"together": ("customer_id",)}, "must be required"),
        ({"formats": {}}, "needs the styles"),
        ({"headers": {"price": ("Quantity",)}}, "header Quantity stands for two columns"),
        ({"ids": ("nobody",)}, "nobody is no column"),
        ({"table": "Retail"}, "lower case"),
    ],
)
def test_a_declaration_that_cannot_work_is_told(change: dict, said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        replace(RETAIL, **change)


def test_a_table_whose_key_is_no_column_is_told() -> None:
    with pytest.raises(DeclarationError, match="nobody of its key is no column"):
        WideTable(name="t", columns={"a": "text"}, partition=("nobody",))


def test_every_type_of_a_column_is_read(tmp_path: Path) -> None:
    kinds = {Type.LONG: "9223372036854775807", Type.DOUBLE: "0.5", Type.BOOLEAN: "true", Type.DATE: "2/1/2024"}
    columns = [Column(name=kind.name.lower(), type=kind, format="yyyy-MM-dd" * (kind is Type.DATE), required=True) for kind in kinds]
    formats = {"date": ("%m/%d/%Y",)}
    changed = {"columns": tuple(columns), "headers": {}, "ids": (), "together": ("long",), "formats": formats, "rules": ()}
    path = tmp_path / "kinds.csv"
    path.write_text("long,double,boolean,date\n" + ",".join(kinds.values()))
    [row] = rows(path, dataset=replace(RETAIL, **changed))
    assert row.values == (2**63 - 1, 0.5, True, datetime(2024, 2, 1).date())


@pytest.mark.skipif(not PUBLIC.exists(), reason="the public file is not here")
def test_the_public_extracts_are_read_whole() -> None:
    found = {path.name: list(rows(path, dataset=RETAIL)) for path in sorted(PUBLIC.glob("*.csv"))}
    assert {name: Counter(type(each).__name__ for each in lines) for name, lines in found.items()} == {
        "sketchy-OnlineRetail.csv": {"Row": 999},
        "xq2005-online_retail_II.csv": {"Row": 99},
    }
