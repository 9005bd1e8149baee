"""What arrives: for each file its key, its bytes and its expected outcome. Job and flow tests read the same table."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

HEADER = "start_datetime,translated_calling_number,translated_called_number,connect_datetime,disconnect_datetime,charged_duration"
PARQUET = b"PAR1\x15\x04\x15\x10\x15\x14L\x15\x02\x15\x00\x12\x00\x00\x08\x1c\x01\x00\x00\x00\x00\x00\x00\x00\nPAR1"
# Hostile names that never arrive: S3 takes no key that leads out of the bucket, and none of more than 1024 bytes.
NEVER = ("calls/../../outside.csv", "calls/a/../../../outside.csv", f"calls/{'long' * 260}.csv")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Rows taken in, cleaned and double; refused ones by reason, with the lines they stand in (None: the file as a whole)."""

    rows_in: int = 0
    cleaned: int = 0
    duplicate: int = 0
    refused: Mapping[str, list[int] | None] = field(default_factory=dict)
    warned: int = 0

    @property
    def quarantined(self) -> int:
        return self.rows_in - self.cleaned - self.duplicate


@dataclass(frozen=True, kw_only=True)
class Case:
    """One file. `make` builds its bytes when they are needed: some are large."""

    key: str
    make: Callable[[], bytes]
    expected: Expected
    why: str


def call(number: int, *, times: str = "09:12,10-01-2019 09:12,10-01-2019 09:54", duration: str = "42") -> str:
    """One row: number makes it another call than all others."""
    return f"10-01-2019 {times.replace(',', f',{number:013d},{number:013d},', 1)},{duration}"


def text(*lines: str, end: str = "\n", header: str = HEADER) -> bytes:
    return end.join([header, *lines, ""]).encode("utf-8", errors="surrogateescape")


def taken(rows: int, **more: int) -> Expected:
    """Every row is cleaned."""
    return Expected(rows_in=rows, cleaned=rows, **more)


def whole(reason: str, *, rows: int = 1) -> Expected:
    """The file is refused as a whole."""
    return Expected(rows_in=rows, refused={reason: None})


def some(rows: int, refused: Mapping[str, list[int] | None]) -> Expected:
    """The rows in these lines are refused, the others cleaned."""
    return Expected(rows_in=rows, cleaned=rows - sum(len(lines or ()) for lines in refused.values()), refused=refused)


def cases() -> Iterator[Case]:
    """All files of the corpus, by key under `calls/`."""
    for name, (content, expected, why) in {**_SHAPES, **_ROWS, **_NAMES}.items():
        yield Case(key=f"calls/{name}", make=content if callable(content) else lambda content=content: content, expected=expected, why=why)


def _long_line() -> bytes:
    return text(call(90), "9" * 40_000_000, call(91))


def _bomb() -> bytes:
    return gzip.compress((b" " * 9999 + b"\n") * 10_000, 9)


_Row = tuple[bytes | Callable[[], bytes], Expected, str]
_TURNED = ",".join(reversed(HEADER.split(",")))
_SHAPES: dict[str, _Row] = {
    "empty.csv": (b"", whole("unreadable_file:empty"), "no byte"),
    "blank.csv": (b"\n\r\n  \n", whole("unreadable_file:empty"), "blank lines only"),
    "header.csv": (text(), taken(0), "header only: nothing to take"),
    "packed.csv.gz": (gzip.compress(text(call(1), "", "bad")), some(2, {"broken_line": [4]}), "gzip"),
    "torn.csv.gz": (gzip.compress(text(*map(call, range(1000, 1500))))[:-20], whole("unreadable_file:broken_gzip"), "truncated gzip"),
    "false.csv.gz": (text(call(2)), whole("unreadable_file:broken_gzip"), "no gzip under its name"),
    "bomb.csv.gz": (_bomb, whole("unreadable_file:gzip_grows_too_much"), "100 MB of blanks in 100 kB"),
    "bom.csv": (b"\xef\xbb\xbf" + text(call(3)), taken(1), "byte order mark"),
    "crlf.csv": (text(call(4), "", "bad", end="\r\n"), some(2, {"broken_line": [4]}), "CRLF and a blank line"),
    "latin.csv": (
        text(call(5), call(6).replace("0000000000006", "Jos\udce9", 1)),
        some(2, {"not_utf8:translated_calling_number": [3]}),
        "a latin-1 byte in a row",
    ),
    "latin-header.csv": (text(call(7), header=f"{HEADER},caf\udce9"), whole("unreadable_file:header_not_utf8"), "latin-1 in the header"),
    "utf16.csv": (text(call(8)).decode().encode("utf-16"), whole("unreadable_file:header_not_utf8"), "UTF-16"),
    "quoted.csv": (
        text(
            '10-01-2019 09:12,"a,b","say ""hi""",,,42',
            '10-01-2019 09:12,"one\ntwo",9,,,42',
            "bad",
            '10-01-2019 09:12,"three\n\nfour",,,,1',
            '"",9,9,,,42',
        ),
        some(5, {"broken_line": [5], "missing:translated_called_number": [6], "missing:start_datetime": [9]}),
        "quoted commas, quotes and newlines are data",
    ),
    "open-quote.csv": (text(call(9), '10-01-2019 09:12,"9,9,,,42', call(10)), some(3, {"broken_line": [3]}), "a quote never closed"),
    "turned.csv": (text(",".join(reversed(call(11).split(","))), header=_TURNED), taken(1), "columns in another order"),
    "unknown.csv": (text(f"{call(12)},glad", header=f"{HEADER},mood"), taken(1), "a column that nobody declared, additive policy"),
    "older.csv": (
        text("10-01-2019 09:12,13,13", header=",".join(HEADER.split(",")[:3])),
        taken(1),
        "columns that need not be there are missing",
    ),
    "no-key.csv": (
        text("13,13,,,1", "14,14,,,1", header=HEADER.split(",", 1)[1]),
        whole("missing_column:start_datetime", rows=2),
        "a required column is missing",
    ),
    "twice.csv": (
        text(f"{call(14)},1", header=f"{HEADER},charged_duration"),
        whole("unreadable_file:column_twice:charged_duration"),
        "a column stands there twice",
    ),
    "long-line.csv": (_long_line, whole("unreadable_file:row_too_long"), "a line of 40 MB"),
    "wide.csv": (text(call(15), "," * 30_000), whole("unreadable_file:too_many_columns"), "30,000 commas"),
    "table.parquet": (PARQUET, whole("unreadable_file:parquet"), "a Parquet file among CSVs"),
    "packed.zip": (b"PK\x03\x04", whole("unreadable_file:compression_not_supported"), "a compression that Spark does not read"),
    "other.csv": (text("{", "}", header="<html>"), whole("missing_column:start_datetime", rows=2), "no table of calls at all"),
}
_ROWS: dict[str, _Row] = {
    "dates.csv": (
        text(
            call(20).replace("10-01", "31-02", 1),
            call(21).replace("10-01-2019", "29-02-2019", 1),
            call(22, times="24:00,,"),
            call(23, times="09:12,tomorrow,"),
            call(24),
        ),
        some(5, {"not_a_timestamp:start_datetime": [2, 3, 4], "not_a_timestamp:connect_datetime": [5]}),
        "impossible dates",
    ),
    "order.csv": (
        text(
            call(30, times="09:12,10-01-2019 09:30,10-01-2019 09:20"),
            call(31, times="09:12,10-01-2019 09:11,10-01-2019 09:20"),
            call(32, times="09:12,10-01-2019 09:13,10-01-2019 09:12", duration="0"),
            call(33, times="09:12,,"),
        ),
        Expected(rows_in=4, cleaned=2, warned=1, refused={"rule:disconnects_after_connect": [2], "rule:connects_after_start": [3]}),
        "disconnect before connect; to the minute a short call may seem so",
    ),
    "durations.csv": (
        text(*(call(40 + at, duration=each) for at, each in enumerate(["-1", "soon", "1e3", "99999999999", "", " 7 "]))),
        some(6, {"rule:duration_not_negative": [2], "not_a_number:charged_duration": [3, 4, 5]}),
        "negative and non-numeric durations",
    ),
    "again-1.csv": (text(call(50), call(51)), taken(2), "a file"),
    "again-2.csv": (text(call(50), call(51)), Expected(rows_in=2, duplicate=2), "the same file under another name"),
    "again-3.csv": (text(call(51), call(52), call(52)), Expected(rows_in=3, cleaned=1, duplicate=2), "rows of two files, and one twice"),
    "nul.csv": (text("bad\0", call(53)), some(2, {"broken_line": [2]}), "a byte of zero"),
    "cut.csv": (text("x" * 200_000, call(54)), some(2, {"broken_line": [2]}), "a refused line of 200 kB is kept in part"),
}
_NAMES: dict[str, _Row] = {
    name: (text(call(60 + at)), expected, "a hostile name")
    for at, (name, expected) in enumerate(
        {
            "../escape.csv": whole("unreadable_file:name_not_supported"),
            "a/../../b.csv": whole("unreadable_file:name_not_supported"),
            "./here.csv": whole("unreadable_file:name_not_supported"),
            "double//slash.csv": whole("unreadable_file:name_not_supported"),
            "new\nline.csv": whole("unreadable_file:name_not_supported"),
            "turn\u202evsc.csv": whole("unreadable_file:name_not_supported"),
            "half.csv._COPYING_": whole("unreadable_file:name_not_supported"),
            "p\u0435rc\u0435nt.csv": taken(1),
            "\uff0e\uff0e\uff0fwide.csv": taken(1),
            "%2e%2e%2fencoded.csv": taken(1),
            "a+b c%41.csv": taken(1),
            "{a,b}[1]*?.csv": taken(1),
            "back\\slash.csv": taken(1),
            "colon:{name}.csv": whole("unreadable_file:name_not_supported"),
            "'; drop table calls; --.csv": taken(1),
            "no-extension": taken(1),
            "année=2019/été.csv": taken(1),
        }.items()
    )
}
