"""`mill run --dry-run` tells what a run would take, starts nothing, and reads no more than the ends of files."""

import gzip
import json
from datetime import UTC, date, datetime

import pytest

from cli.glimpse import END, months_at_the_ends
from cli.plan import Range
from cli.problem import Problem
from lakemill.datasets import dataset
from lakemill.declare import Column, Dataset, Type
from tests.cli.conftest import Fake
from tests.cli.kinds import Mill

HEADER = "charged_duration,start_datetime"


def _calls(*months: str) -> bytes:
    return "\r\n".join([HEADER, *(f"7,09-{month[5:]}-{month[:4]} 10:00" for month in months), ""]).encode()


def test_new_files_are_listed_with_sizes_and_months_and_nothing_starts(mill: Mill, aws: Fake) -> None:
    aws.content = {"calls/a.csv": _calls("2019-01"), "calls/b.csv": _calls("2019-02", "2019-03"), "carriers/c.csv": b"carrier_id\n1\n"}
    aws.content |= {"other/x.csv": b"x\n", "calls/_hidden.csv": b"x\n", "calls/": b""}
    aws.tables = {"lakemill_dev_cleaned": ["ledger"]}
    aws.answers = [[["source_file", "version"], ["calls/a.csv", "etag of calls/a.csv"], ["calls/b.csv", "an older version"]]]
    result = mill("run", "calls", "--dry-run")
    assert result.exit_code == 0, result.stderr
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["calls/b.csv", "73", "B", "2026-11-21", "09:30", "2019-02,", "2019-03"] in lines
    assert ["carriers/c.csv", "13", "B", "2026-11-21", "09:30", "not", "by", "month"] in lines
    assert [line[0] for line in lines if line and ".csv" in line[0]] == ["calls/b.csv", "carriers/c.csv"]
    assert "2 files, 86 B; 2 months seen at the files' ends" in result.stdout
    assert "Nothing was started." in result.stdout
    assert aws.started == []


def test_an_empty_platform_without_a_ledger_is_no_error(mill: Mill, aws: Fake) -> None:
    result = mill("run", "calls", "--dry-run")
    assert "No new files" in result.stdout
    assert aws.asked == aws.started == []


def test_days_go_to_the_run_and_restrict_the_dry_run_alike(mill: Mill, aws: Fake) -> None:
    aws.content = {f"calls/{day}.csv": _calls("2019-01") for day in (1, 2, 3)}
    aws.arrived = {
        "calls/1.csv": datetime(2026, 11, 1, 23, 59, tzinfo=UTC),
        "calls/2.csv": datetime(2026, 11, 2, 0, 0, tzinfo=UTC),
        "calls/3.csv": datetime(2026, 11, 3, 23, 59, tzinfo=UTC),
    }
    days = ("--since", "2026-11-02", "--until", "2026-11-03")
    planned = mill("run", "calls", "--dry-run", *days).stdout
    assert ["1.csv" in planned, "2.csv" in planned, "3.csv" in planned] == [False, True, True]
    assert "Next: mill run calls --since 2026-11-02 --until 2026-11-03" in planned
    mill("run", "calls", *days)
    assert json.loads(aws.given[0]) == {"since": "2026-11-02", "until": "2026-11-03"}
    mill("run", "calls")
    assert json.loads(aws.given[1]) == {}


@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize("text", ["2026-13-01", "yesterday", "2026-02-30", "20261101"])
def test_what_is_no_date_is_told_before_anything_is_asked(mill: Mill, aws: Fake, option: str, text: str) -> None:
    result = mill("run", "calls", option, text)
    assert result.exit_code == 1
    assert f"{option} '{text}' is not a date. Write it as YYYY-MM-DD" in result.stderr
    assert aws.asked == aws.started == []


def test_a_range_without_days_is_told() -> None:
    with pytest.raises(Problem, match="--since 2026-11-02 is after --until 2026-11-01"):
        Range(since=date(2026, 11, 2), until=date(2026, 11, 1))


def test_a_large_file_is_read_at_its_ends_only() -> None:
    content = _calls(*["2019-01"] * 9_000, *["2019-02"] * 9_000, *["2019-03"] * 9_000)
    read: list[tuple[int, int]] = []

    def part(first: int, last: int) -> bytes:
        read.append((first, last))
        return content[first : last + 1]

    assert months_at_the_ends(part, len(content), dataset=dataset("calls"), name="a.csv") == ["2019-01", "2019-03"]
    assert read == [(0, END - 1), (len(content) - END, len(content) - 1)]


ODD = {
    "a mark before the header": (b"\xef\xbb\xbfstart_datetime,x\n09-01-2019 10:00,1\n", ["2019-01"]),
    "an impossible date": (b"start_datetime\n31-02-2019 10:00\n09-01-2019 10:00\n", ["2019-01"]),
    "no such column": (b"x\n1\n", []),
    "nothing": (b"", []),
    "bytes that are no text": (b"start_datetime\n\xff\xfe\x00\n", []),
    "a quoted comma": (b'x,start_datetime\n"1,2",09-01-2019 10:00\n', ["2019-01"]),
}


@pytest.mark.parametrize(("content", "months"), ODD.values(), ids=ODD)
def test_odd_files_are_looked_at_without_a_crash(content: bytes, months: list[str]) -> None:
    found = months_at_the_ends(lambda first, last: content[first : last + 1], len(content), dataset=dataset("calls"), name="a.csv")
    assert found == months


def test_of_a_compressed_file_the_beginning_is_read() -> None:
    content = gzip.compress(_calls("2019-01", "2019-02", "2019-02"))
    found = months_at_the_ends(lambda first, last: content[first : last + 1], len(content), dataset=dataset("calls"), name="a.csv.gz")
    assert found == ["2019-01", "2019-02"]
    assert months_at_the_ends(lambda *_: b"no gzip", 7, dataset=dataset("calls"), name="a.csv.gz") == []


@pytest.mark.parametrize(
    ("form", "text", "month"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2026-02-28T23:59:58.123", "2026-02"),
        ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-03-01T00:30:00+01:00", "2026-02"),
        ("yyyy-MM-dd HH:mm Z", "2026-02-28 23:30 -0100", "2026-03"),
    ],
)
def test_the_month_is_that_of_the_cleaned_row_in_utc(form: str, text: str, month: str) -> None:
    column = Column(name="at", type=Type.TIMESTAMP, format=form, required=True)
    content = f"at,n\n{text},1\n".encode()
    readings = Dataset(name="readings", description="", columns=(column,), months_of="at")
    assert months_at_the_ends(lambda first, last: content[first : last + 1], len(content), dataset=readings, name="a.csv") == [month]
