"""Date-time formats as Spark reads them: every letter counts, and what is no date is no value."""

from datetime import date, datetime
from typing import Any

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
