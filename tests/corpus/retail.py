"""What may be given to `mill load retail`: for each file its name, its bytes, and its rows and refused lines, or why it is refused."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

FIRST = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
SECOND = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
PARQUET = b"PAR1\x15\x04\x15\x10\x15\x14L\x15\x02\x15\x00\x12\x00\x00\x08\x1c\x01\x00\x00\x00\x00\x00\x00\x00\nPAR1"
GARBAGE = bytes(number * 89 % 251 for number in range(5000))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One file: so many rows, and refused lines by reason; or `said`, a part of the error, and then nothing of it is loaded."""

    name: str
    make: Callable[[], bytes]
    why: str
    loaded: int = 0
    refused: Mapping[str, list[int]] = field(default_factory=dict)
    said: str = ""

    @property
    def rows_in(self) -> int:
        return self.loaded + sum(map(len, self.refused.values()))


def line(number: int, *, quantity: str = "6", when: str = "12/1/10 8:26", who: str = "17850", description: str = "WHITE HOLDER") -> str:
    """One line of an invoice of its own; the number makes it another than all others."""
    return f"{536000 + number},85123A,{description},{quantity},{when},2.55,{who},United Kingdom"


def text(*lines: str, header: str = FIRST, end: str = "\n", encoding: str = "utf-8") -> bytes:
    return end.join([header, *lines, ""]).encode(encoding)


def cases() -> Iterator[Case]:
    """All files of the corpus."""
    for name, (content, outcome, why) in {**_FILES, **_ROWS, **_NAMES}.items():
        make = content if callable(content) else lambda content=content: content
        if isinstance(outcome, str):
            yield Case(name=name, make=make, why=why, said=outcome)
        else:
            loaded, refused = outcome if isinstance(outcome, tuple) else (outcome, {})
            yield Case(name=name, make=make, why=why, loaded=loaded, refused=refused)


_Outcome = int | tuple[int, Mapping[str, list[int]]] | str
_Row = tuple[bytes | Callable[[], bytes], _Outcome, str]
_HALF = text(*(line(number) for number in range(10, 13)))
_PACKED = gzip.compress(text(*(line(number) for number in range(1000, 1500))))
_GARBLED = text(line(70)) + bytes(each for each in GARBAGE if each not in b'\r\n"') + b"\n" + line(71).encode()
_PRICES = ("-11062.06", "nan", "1e400", "9" * 30, "0", ".5", "2,55")
_FILES: dict[str, _Row] = {
    "empty.csv": (b"", "is empty", "no byte"),
    "empty.csv.gz": (gzip.compress(b""), "is empty inside", "no byte, packed"),
    "header.csv": (text(), 0, "header only: nothing to load, and nothing wrong"),
    "blank.csv": (b"\n \r\n", "says nothing", "blank lines only"),
    "first.csv": (text(line(1)), 1, "the first edition's header"),
    "second.csv": (text(line(2, who="17850.0"), header=SECOND), 1, "the second edition's header, and a customer as a number"),
    "turned.csv": (
        text(",".join(reversed(line(3).split(","))), header=",".join(reversed(FIRST.split(",")))),
        1,
        "columns in another order",
    ),
    "bom.csv": (b"\xef\xbb\xbf" + text(line(4), header=SECOND), 1, "a mark of byte order"),
    "crlf.csv": (text(line(5), "", line(6), end="\r\n"), 2, "CRLF and a blank line"),
    "packed.csv.gz": (gzip.compress(text(line(7))), 1, "packed"),
    "latin.csv": (text(line(8, description="CAFÉ"), encoding="latin-1"), 1, "latin-1"),
    "latin-bom.csv": (b"\xef\xbb\xbf" + text(line(9, description="CAFÉ"), encoding="latin-1"), 1, "a mark of byte order before latin-1"),
    "half.csv": (_HALF[:-42], (2, {"broken_line": [4]}), "cut in the middle of a line"),
    "torn.csv.gz": (_PACKED[:-20], "ended before", "cut gzip"),
    "spoilt.csv.gz": (_PACKED[:200] + b"spoilt" + _PACKED[206:], "Error -3", "gzip with other bytes inside"),
    "false.csv.gz": (text(line(13)), "is named .gz and is not gzip", "no gzip under its name"),
    "bomb.csv.gz": (
        lambda: gzip.compress((b" " * 9999 + b"\n") * 10_000, 9),
        "unpacks to more than is likely",
        "100 MB of blanks in 100 kB",
    ),
    "wrong-header.csv": (text(line(14), header="a,b,c,d,e,f,g,h"), "lacks invoice (Invoice or InvoiceNo)", "another header"),
    "no-header.csv": (text(line(15), header=line(16)), "lacks invoice", "no header: its first line is none"),
    "lacks.csv": (text(line(17), header=FIRST.replace("Quantity", "Amount")), "lacks quantity (Quantity)", "a column under another name"),
    "twice.csv": (text(line(18), header=FIRST.replace("Country", "Invoice")), "invoice twice", "a column under both of its names"),
    "more.csv": (text(f"{line(19)},glad", header=f"{FIRST},Mood"), 1, "a column that nobody declared"),
    "utf16.csv": (text(line(20)).decode().encode("utf-16"), "is UTF-16", "UTF-16"),
    "garbage.csv": (GARBAGE, "the header lacks", "bytes without a meaning"),
    "table.csv": (PARQUET, "is Parquet", "a Parquet file with another name"),
    "book.csv": (b"PK\x03\x04" + GARBAGE, "is a zip archive or a workbook", "a workbook with another name"),
    "packed.csv": (gzip.compress(text(line(21))), "is gzip: name it .csv.gz", "gzip with another name"),
    "table.parquet": (PARQUET, "not a .csv or .csv.gz file", "no CSV at all"),
}
_ROWS: dict[str, _Row] = {
    "styles.csv": (
        text(line(30), line(31, when="12/01/2010 08:26"), line(32, when="2010-12-01 08:26:00"), line(33, when="31/12/2010 8:26")),
        (3, {"not_a_timestamp:invoiced_at": [5]}),
        "three styles of dates in one file, and one that is none of them",
    ),
    "moments.csv": (
        text(line(34, when="2/30/2010 8:26"), line(35, when="12/1/2010 24:00"), line(36, when="12/1/2010"), line(37)),
        (1, {"not_a_timestamp:invoiced_at": [2, 3, 4]}),
        "times that do not exist",
    ),
    "quantities.csv": (
        text(*(line(40 + at, quantity=each) for at, each in enumerate(["-6", "0", "six", "1.5", "1e3", "2147483648", "", " 7 ", "6.0"]))),
        (4, {"not_a_number:quantity": [4, 5, 6, 7], "missing:quantity": [8]}),
        "negative quantities are rows; letters, fractions and what is too large are none",
    ),
    "nobody.csv": (text(line(50, who=""), line(51, who="  ")), 2, "lines without a customer are rows"),
    "doubles.csv": (text(line(52), line(52), line(52)), 3, "a line that stands there three times is three rows"),
    "commas.csv": (text(line(53), ",,,,,,,", line(54)), (2, {"missing:invoice": [3]}), "a line of commas is not blank"),
    "short.csv": (text(line(55), "536365,85123A", line(56)), (2, {"broken_line": [3]}), "a line that ends early"),
    "quoted.csv": (text(line(57, description='"ONE, ""TWO""\nTHREE"'), line(58)), 2, "commas, quotes and a line's end in quotes"),
    "open-quote.csv": (
        text(line(59), line(60, description='"HOLDER'), line(61), line(62)),
        (3, {"broken_line": [3]}),
        "a quote never closed costs its own line",
    ),
    "two-quotes.csv": (
        text(line(63, description='"HOLDER'), line(64), line(65, description='2"'), line(66, description='"A, B"'), line(67)),
        3,
        "a quote that a later one closes is, as CSV has it, one description of three lines",
    ),
    "three-quotes.csv": (
        text(line(120, description='"HOLDER'), line(121), line(122, description='"A, B"'), line(123)),
        (3, {"broken_line": [2]}),
        "a quote before another that opens",
    ),
    "zero.csv": (text(line(68, description="A\0B"), line(69)), (1, {"not_a_text:description": [2]}), "a byte of zero"),
    "garbled.csv": (_GARBLED, (2, {"broken_line": [3]}), "bytes without a meaning among lines"),
    "long.csv": (lambda: text(line(72, description="x" * 10**6), line(73)), 2, "a description of a million characters"),
    "longer.csv": (lambda: text(line(74, description="x" * 2**20), line(75)), (1, {"row_too_large": [2]}), "one that no row can hold"),
    "endless.csv": (lambda: text(line(76, description="x" * 5 * 2**20), line(77)), (1, {"broken_line": [2]}), "a line of five megabytes"),
    "prices.csv": (
        text(*(line(80 + at).replace("2.55", price) for at, price in enumerate(_PRICES))),
        (3, {"not_a_number:price": [3, 4, 5], "broken_line": [8]}),
        "prices that are none",
    ),
}  # fmt: skip
_NAMES: dict[str, _Row] = {
    "new\nline.csv": (text(line(90)), "cannot be shown", "a line's end in the name"),
    "turn\u202evsc.csv": (text(line(91)), "cannot be shown", "a name that is shown backwards"),
    "\x1b[2Jclear.csv": (text(line(92)), "cannot be shown", "a name that would clear the screen"),
    "not-utf8-\udce9.csv": (text(line(93)), "cannot be shown", "a name that is no text"),
    "[red]markup[bold].csv": (text(line(94)), 1, "markup in the name"),
    "'; drop table online_retail; --.csv": (text(line(95)), 1, "CQL in the name"),
    "{name} %s $(id) `id` {{x}}.csv": (text(line(96)), 1, "templates in the name"),
    "été 2010.csv": (text(line(97)), 1, "a name in French"),
}
