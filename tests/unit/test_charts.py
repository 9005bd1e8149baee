"""Charts are declared in the header of a curated table; a wrong one is refused when it is read."""

import pytest

from lakemill import curated
from lakemill.charts import Chart, Kind, parse
from lakemill.declare import DeclarationError

TABLE = "-- description: d\n-- sources: cleaned.a\n-- key: k\n{charts}select k from {{cleaned}}.a"


def test_a_line_says_kind_title_places_value_and_unit() -> None:
    chart = parse("heatmap; title: Calls: failed; x: hour(hour); y: carrier; value: 1e2 * sum(a) / sum(b); unit: %", where="t.sql")
    wanted = Chart(kind=Kind.HEATMAP, title="Calls: failed", x="hour(hour)", y="carrier", value="1e2 * sum(a) / sum(b)", unit="%")
    assert chart == wanted
    assert chart.dimensions == ("hour(hour)", "carrier")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("pie; title: t; x: a; value: b", r"t.sql: a chart is one of bars, line, heatmap, not 'pie'"),
        ("bars; title: t; x: a", r"the chart bars lacks value"),
        ("heatmap; title: t; x: a; value: b", r"the chart heatmap lacks y"),
        ("bars; title: t; x: a; y: c; value: b", r"y belongs to a heatmap, and bars is none"),
        ("bars; title: t; x: a; value: b; colour: red", r"a chart has title, x, value, y, unit, not colour"),
        (
            "bars; title: t; x: a; value: (Select max(number) from cleaned.calls)",
            r"value of a chart must be an expression over the table's own",
        ),
        ("bars; title: t; x: a in (table cleaned.calls); value: b", r"x of a chart must be an expression"),
    ],
)
def test_a_wrong_line_is_refused_with_what_would_be_right(text: str, why: str) -> None:
    with pytest.raises(DeclarationError, match=why):
        parse(text, where="t.sql")


def test_a_table_may_have_several_charts_and_they_make_no_other_table() -> None:
    charts = "-- chart: bars; title: t; x: a; value: count(*)\n-- chart: line; title: u; x: a; value: count(*)\n"
    plain, pictured = (curated.parse("t", text=TABLE.format(charts=each)) for each in ("", charts))
    assert [chart.title for chart in pictured.charts] == ["t", "u"]
    assert pictured.sql == plain.sql
    assert pictured.fingerprint({"cleaned.a": "1"}) == plain.fingerprint({"cleaned.a": "1"})


def test_the_projects_charts_show_traffic_and_errors_by_hour() -> None:
    charts = curated.tables()["hourly_traffic"].charts
    assert {chart.kind for chart in charts} == set(Kind)
    assert [chart.y for chart in charts if chart.kind is Kind.HEATMAP and chart.x == "hour(hour)"] == ["carrier_name"]
