"""What each section says of what is known."""

import re
from datetime import datetime, timedelta

import pytest

from cli.report.draw.bars import Bar, lying, upright
from cli.report.draw.heatmap import tint
from cli.report.draw.line import line
from cli.report.draw.scale import labels, ordered, ticks
from cli.report.draw.stream import stream
from cli.report.facts.refusals import Refusal
from cli.report.make import made
from cli.report.told import ago, masked, number, share, short
from tests.cli.reported import NOW, PHONE, flow, known


def section(page: str, name: str) -> str:
    """A section's text, without its tags."""
    body = page.partition(f'<section id="{name}"')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", body.partition(">")[2]))


def test_a_flow_shows_its_steps_with_their_times_and_the_way_that_was_not_taken() -> None:
    text = section(made(known(flows=(flow(),))), "flows")
    assert "✓ Clean Glue done. 40.0 s ✓ Check Athena done. 5.0 s ✓ Good? done. ✓ Notify SNS done. 1.0 s" in text
    assert "On failure: Tell → Failed (not taken)" in text
    assert "Where the time went; all else took 1.0 s Clean 40.0 s Check 5.0 s" in text
    assert "5 minutes ago" in text
    assert "The last 3 runs" in text


def test_a_failed_run_shows_where_and_why_and_the_way_it_took() -> None:
    text = section(made(known(flows=(flow(status="FAILED", reason="Check failed: rows do not add up"),))), "flows")
    assert "✗ Check Athena failed, 5.0 s" in text
    assert "Why: Check failed: rows do not add up" in text
    assert "On failure: Tell → Failed (taken)" in text
    assert "Notify SNS not reached" in text


def test_rows_are_shown_from_files_to_tables() -> None:
    text = section(made(known()), "rows")
    assert "200,000 rows in from 24 files" in text
    assert "199,832 cleaned 99.92% 72 duplicate 0.04% 96 refused 0.05%" in text
    assert "curated.hourly_traffic 199,832 rows curated.processed a copy" in text
    assert "10 rows in from 1 file , all of them clean" in text


def test_the_width_of_a_branch_is_its_share_and_what_is_little_can_still_be_seen() -> None:
    branches = [Bar(label="a", value=750, shown=""), Bar(label="b", value=250, shown=""), Bar(label="c", value=0, shown="")]
    shapes = stream(Bar(label="in", value=1000), branches=branches, name="n").findall(".//rect")
    heights = [float(shape.get("height", 0)) for shape in shapes]
    assert heights == pytest.approx([72, 54, 18], abs=0.1)
    thin = stream(Bar(label="in", value=1), branches=[Bar(label="a", value=10**9), Bar(label="b", value=1)], name="n").findall(".//rect")
    assert float(thin[2].get("height", 0)) > 0.5


def test_charts_are_drawn_by_kind_with_their_numbers_as_tables() -> None:
    page = made(known())
    text = section(page, "charts")
    assert "Most: 18 with 190 calls" in text
    assert "Calls by hour. Most: 18 with 190 calls, least: 0 with 100 calls. The numbers follow as a table." in page
    assert "Dec 2024" in text
    assert "Nothing There are no rows yet." in text
    assert page.count("<table") == page.count("<caption")
    assert "unknown" in text, "a carrier without a name has a row of its own"


def test_a_reason_is_explained_by_the_rule_that_was_declared_and_a_long_number_is_left_out() -> None:
    page = made(known())
    text = section(page, "refused")
    assert "rule:disconnects_after_connect disconnect_datetime &gt;= connect_datetime - interval '1' minute; in 1 file" in text
    assert "missing:start_datetime a value that must be there is missing; in 1 file" in text
    assert "unknown_column:… the file has a column that nobody declared; in 1 file" in text
    assert "mill quarantine show DATASET" in text
    many = tuple(Refusal(dataset="calls", reason=f"r{n}", rows=1, files=1) for n in range(40))
    assert "40 rows for 40 reasons; 28 more are not shown" in section(made(known(refusals=many)), "refused")
    assert "No row is in quarantine." in section(made(known(refusals=())), "refused")


def test_tables_say_how_large_they_are_and_when_they_changed() -> None:
    text = section(made(known()), "tables")
    assert "cleaned table rows files size snapshots last change calls 199,832 24 13.5 MB 2 1 day ago" in text.replace(
        "Tables of the zone cleaned ", ""
    )
    assert "processed – 6 100 B – –" in text


def test_costs_are_told_by_stage_and_for_the_last_run_with_what_has_no_price() -> None:
    text = section(made(known()), "cost")
    assert "A month in which nothing runs 1.00 USD in all; nothing for query storage 1 × " in text
    assert "Not priced: &lt;/table&gt;" in text
    assert re.search(r"The last run of calls 0\.\d+ USD in all Glue Clean 2 DPU, 90 s 0\.0220 USD", text)
    assert "prices of us-east-1" in text


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (f"caller {PHONE}", "caller …"),
        ("call +32 (0)2 555 12 34 now", "call … now"),
        ("0032-2-555.12.34", "…"),
        ("rows 123456 of 2022-01", "rows 123456 of 2022-01"),
    ],
)
def test_long_numbers_are_no_part_of_a_message(told: str, kept: str) -> None:
    assert masked(told) == kept


def test_numbers_are_told_as_people_read_them() -> None:
    assert [number(each) for each in (0, 12345, 35.4187, 0.0512, 5.5, 1234.56)] == ["0", "12,345", "35.4", "0.0512", "5.5", "1,235"]
    assert [short(each) for each in (0, 500, 2500, 1e6)] == ["0", "500", "2.5k", "1M"]
    assert [share(*each) for each in ((0, 0), (0, 5), (5, 5), (1, 10**6), (10**6 - 1, 10**6), (1, 3))] == [
        "0%", "0%", "100%", "under 0.01%", "over 99.99%", "33.3%",
    ]  # fmt: skip
    assert [ago(NOW - timedelta(seconds=each), now=NOW) for each in (5, 60, 7300, 90_000)] == [
        "just now",
        "1 minute ago",
        "2 hours ago",
        "1 day ago",
    ]


@pytest.mark.parametrize(
    ("values", "first", "last"),
    [([], 0, 1), ([0], 0, 1), ([1], 0, 1), ([3, 16_455], 0, 20_000), ([0.37], 0, 0.4), ([100], 0, 100), ([-4, 12], -5, 15), ([-7], -8, 0)],
)
def test_an_axis_goes_from_a_round_number_below_all_values_to_one_above(values: list[float], first: float, last: float) -> None:
    stops = ticks(values)
    assert (stops[0], stops[-1]) == pytest.approx((first, last))
    assert 0 in stops
    assert 2 <= len(stops) <= 7


def test_what_is_below_nothing_hangs_from_the_line() -> None:
    bars = [Bar(label="a", value=30), Bar(label="b", value=-10)]
    up, down = upright(bars, unit="", name="n").findall(".//rect")
    assert float(up.get("y", 0)) + float(up.get("height", 0)) == pytest.approx(float(down.get("y", 0)))
    assert float(down.get("height", 0)) > 0
    widths = [each.get("style") for each in lying([*bars, Bar(label="c", value=-1)]).findall(".//i")]
    assert widths == ["width:100.00%", "width:0.00%", "width:0.00%"]
    (area, _) = line([(1.0, -5.0), (2.0, 5.0)], unit="", name="n").findall(".//path")
    assert str(area.get("d")).startswith("M0.00 50.00L0.00 ")


def test_places_are_in_order_gaps_between_hours_are_filled_and_unknown_is_last() -> None:
    assert ordered([3.0, None, 1.0]) == [1.0, 2.0, 3.0, None]
    assert ordered(["b 10", "b 9", "a", "7"]) == ["7", "a", "b 9", "b 10"]
    assert labels([datetime(2022, 1, 1), datetime(2022, 2, 1)]) == ["Jan 2022", "Feb 2022"]
    assert labels([datetime(2022, 1, 1), datetime(2022, 1, 2)]) == ["1 Jan 2022", "2 Jan 2022"]
    assert labels([datetime(2022, 1, 1, 5), None, 18.0, "x"]) == ["1 Jan 2022, 05:00", "unknown", "18", "x"]


def test_tints_go_from_the_lowest_value_to_the_highest() -> None:
    assert [tint(value, low=10, high=24) for value in (10, 12, 23, 24)] == [0, 1, 6, 6]
    assert tint(5, low=5, high=5) == 0
