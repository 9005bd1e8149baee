"""`mill report` of a platform that ran: what it shows is what the tables hold, and no person is in it."""

import csv
import re
from pathlib import Path

import pytest

from lakemill.samples.planted import Planted
from tests.flows.platform import Platform, edit

CELLS = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


@pytest.fixture(scope="module")
def page(ran: Platform, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report, as a user makes it."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    told = ran.there("report", "--output", path)
    assert told.splitlines()[-1] == f"Report: {path}"
    return path.read_text(encoding="utf-8")


def rows(page: str, *, below: str) -> list[list[str]]:
    """The rows of the first table after a text."""
    table = page.partition(below)[2].partition("<table")[2].partition("</table>")[0]
    return [[TAG.sub("", cell) for cell in CELLS.findall(row)] for row in table.split("<tr")[1:]]


def test_the_last_run_and_its_steps_are_there(page: str) -> None:
    assert "<h1>The last run of calls succeeded.</h1>" in page
    text = re.sub(r"\s+", " ", TAG.sub(" ", page))
    assert re.search(r"✓ Clean Glue done\. [\d.]+ m?s ✓ Curate Glue done\. [\d.]+ m?s ✓ Check Athena done\.", text)
    assert "This part could not be made" not in text


def test_rows_are_those_of_the_ledger(page: str, ran: Platform) -> None:
    (held,) = ran.rows(
        "select sum(rows_in) as i, sum(rows_cleaned) as c, sum(rows_quarantined) as q, sum(rows_duplicate) as d from cleaned.ledger "
        "where dataset = 'calls'"
    )
    total = rows(page, below='class="stream"')[1]
    assert total[0] == "all runs"
    assert total[2:] == [f"{int(held[name]):,}" for name in ("i", "c", "q", "d")]


def test_traffic_by_hour_is_that_of_the_curated_table(page: str, ran: Platform) -> None:
    held = ran.rows("select hour(hour) as h, sum(calls) as n from curated.hourly_traffic group by hour(hour) order by h")
    assert rows(page, below="Calls by hour of the day")[1:] == [[str(each["h"]), f"{int(each['n']):,}"] for each in held]


def test_tables_have_the_rows_that_are_counted_in_them(page: str, ran: Platform) -> None:
    shown = {row[0]: row[1] for row in rows(page.partition('id="tables"')[2], below="<h3>cleaned</h3>")[1:]}
    for name in ("calls", "carriers", "ledger"):
        assert shown[name] == f"{int(ran.value(f'select count(*) from cleaned.{name}')):,}"


def test_reasons_are_those_of_the_quarantine(page: str, ran: Platform) -> None:
    held = ran.rows("select reason, sum(rows) as n from quarantine.calls group by reason order by n desc, reason")
    assert held
    found = re.findall(r'<b>([^<]+)</b><small>[^<]*</small></span><span class="value">([\d,]+)</span>', page.partition('id="refused"')[2])
    assert found == [(each["reason"], f"{int(each['n']):,}") for each in held]


def test_no_phone_number_no_file_and_nothing_of_a_row_is_on_it(page: str, planted: Planted) -> None:
    numbers = set()
    for path in planted.files:
        with Path(path).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                numbers |= {row["translated_calling_number"], row["translated_called_number"]} - {""}
    assert len(numbers) > 10_000
    assert not [number for number in numbers if number in page]
    assert not re.search(r"(?<!\d)\d{9,}(?!\d)", page.replace(",", ""))
    assert not [path.name for path in planted.files if path.name in page]


def test_a_line_in_a_tables_header_is_a_picture_without_a_deployment(changed: Platform, tmp_path: Path) -> None:
    declared = "-- chart: bars; title: How calls end; x: sip_response; value: count(*); unit: calls"
    edit(changed.project / "sql/curated/call_outcomes.sql", old="-- key: record_id\n", new=f"-- key: record_id\n{declared}\n")
    changed.there("report", "--output", tmp_path / "report.html")
    held = changed.rows("select sip_response as r, count(*) as n from curated.call_outcomes group by sip_response order by r nulls last")
    wanted = [["unknown" if each["r"] is None else str(each["r"]), f"{int(each['n']):,}"] for each in held]
    assert len(wanted) > 2
    assert rows((tmp_path / "report.html").read_text(encoding="utf-8"), below="How calls end")[1:] == wanted
