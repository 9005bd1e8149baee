"""Date-time formats as Spark reads them: every letter counts, and what is no date is no value."""

from datetime import date, datetime
from typing import Any

import duckdb
import pytest

from lakemill import cleaning
from lakemill.declare import Column, Dataset, Type

DAY, TIME = datetime(2026, 2, 28), datetime(2026, 2, 28, 23, 59, 58)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss", "2026-02-28T23:59:58", TIME),
        ("yyyy-MM-dd'T'HH:mm:ss", "2026-02-28 23:59:58", None),
        ("yyyy-MM-dd'T'HH:mm:ss.SSS", "2026-02-28T23:59:58.123", TIME.replace(microsecond=123_000)),
        ("yyyyMMddHHmmssSSSSSS", "20260228235958123456", TIME.replace(microsecond=123_456)),
        ("dd'of'MM'in'yyyy HH", "28of02in2026 00", DAY),
        ("dd.MM.yyyy HH:mm", "29.02.2026 00:00", None),
    ],
)
def test_a_time_is_read_by_its_format_or_not_at_all(spark: Any, form: str, text: str, value: datetime | None) -> None:
    assert read(spark, Type.TIMESTAMP, form, text) == value


def test_a_date_may_stand_beside_a_time_that_is_left_out(spark: Any) -> None:
    assert read(spark, Type.DATE, "yyyy-MM-dd'T'HH:mm:ss", "2026-02-28T23:59:58") == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [("0,0", "7,5", 7.5), ("0,0", " -,25", -0.25), ("0,0", "8", 8.0), ("0,0", "7.5", None), ("0,0", "1.234,5", None), ("", "7,5", None)],
)
def test_decimals_stand_after_the_sign_that_is_declared_and_no_other(spark: Any, form: str, text: str, value: float | None) -> None:
    assert read(spark, Type.DOUBLE, form, text) == value


def read(spark: Any, kind: Type, form: str, text: str) -> Any:
    """The value that the clean job gives a text."""
    dataset = Dataset(name="d", description="", columns=(Column(name="at", type=kind, format=form, required=True),))
    [row] = spark.createDataFrame([(text,)], "`text at` string").selectExpr(*cleaning.typed(dataset)).collect()
    return row["at"]


ZONED = [
    ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-02-28T23:59:58+02:00", "%Y-%m-%dT%H:%M:%S%z"),
    ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-02-28T23:59:58-05:30", "%Y-%m-%dT%H:%M:%S%z"),
    ("yyyy-MM-dd'T'HH:mm:ssXXX", "2026-02-28T23:59:58Z", "%Y-%m-%dT%H:%M:%SZ"),
    ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2024-02-29T00:30:00.250+14:00", "%Y-%m-%dT%H:%M:%S.%g%z"),
    ("yyyyMMdd'T'HHmmssXX", "20260301T001500+0030", "%Y%m%dT%H%M%S%z"),
    ("dd.MM.yyyy HH:mm Z", "01.01.2026 00:15 -1100", "%d.%m.%Y %H:%M %z"),
    ("dd.MM.yyyy HH:mm Z", "01.01.2026 00:15 +1800", None),
]


@pytest.mark.parametrize(("form", "text", "duckdbs"), ZONED, ids=[text for _, text, _ in ZONED])
def test_a_time_that_says_its_distance_from_utc_is_in_utc_as_duckdb_has_it(spark: Any, form: str, text: str, duckdbs: str | None) -> None:
    found = read(spark, Type.TIMESTAMP, form, text)
    if duckdbs is None:  # DuckDB takes distances up to 15:59
        assert found == datetime(2025, 12, 31, 6, 15)
    else:
        assert duckdb.execute("set timezone = 'UTC'; select strptime(?, ?)::timestamp", [text, duckdbs]).fetchone() == (found,)


@pytest.mark.parametrize("text", ["2026-02-28T23:59:58", "2026-02-28T23:59:58+0200", "2026-02-28T23:59:58+18:01", "2026-02-30T23:59:58Z"])
def test_a_time_that_lacks_its_distance_or_is_none_is_no_value(spark: Any, text: str) -> None:
    assert read(spark, Type.TIMESTAMP, "yyyy-MM-dd'T'HH:mm:ssXXX", text) is None


def test_one_moment_said_in_two_zones_is_one_record(spark: Any) -> None:
    dataset = Dataset(
        name="d", description="", columns=(Column(name="at", type=Type.TIMESTAMP, format="yyyy-MM-dd HH:mmXXX", required=True),)
    )
    texts = [("2026-01-01 00:30+01:00",), ("2025-12-31 23:30Z",), ("2025-12-31 23:30+01:00",)]
    rows = spark.createDataFrame(texts, "`text at` string").selectExpr(*cleaning.typed(dataset))
    one, same, other = [row[0] for row in rows.selectExpr(cleaning.record_id(dataset)).collect()]
    assert one == same != other
