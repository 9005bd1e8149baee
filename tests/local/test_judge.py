"""Alarms are judged as CloudWatch's documentation shows it, table by table."""

from typing import Any

import pytest

from local.metrics.alarms import refusal
from local.metrics.judge import ALARM, OK, UNKNOWN, Rule, judge

SILENCES = ("missing", "ignore", "breaching", "notBreaching")
KEPT = "as before"
ALL_THREE = [  # 3 of 3; X crosses the line, 0 does not, - is missing, the newest is the last
    ("0-X-X", (OK, OK, OK, OK)),
    ("0----", (OK, OK, OK, OK)),
    ("-----", (UNKNOWN, KEPT, ALARM, OK)),
    ("0XX-X", (ALARM, ALARM, ALARM, ALARM)),
    ("--X--", (ALARM, KEPT, ALARM, OK)),
]
TWO_OF_THREE = [
    ("0-X-X", (ALARM, ALARM, ALARM, ALARM)),
    ("00X0X", (ALARM, ALARM, ALARM, ALARM)),
    ("0-X--", (OK, OK, ALARM, OK)),
    ("----0", (OK, OK, ALARM, OK)),
    ("---X-", (ALARM, KEPT, ALARM, OK)),
]
CASES = [
    (needed, shown, silence, state)
    for needed, table in ((3, ALL_THREE), (2, TWO_OF_THREE))
    for shown, states in table
    for silence, state in zip(SILENCES, states, strict=True)
]


@pytest.mark.parametrize("before", [OK, ALARM])
@pytest.mark.parametrize(("needed", "shown", "silence", "expected"), CASES)
def test_silence_is_judged_as_documented(needed: int, shown: str, silence: str, expected: str, before: str) -> None:
    values = [{"X": 1.0, "0": 0.0, "-": None}[each] for each in shown]
    rule = Rule(periods=3, needed=needed, silence=silence, bad=lambda value: value > 0.5)
    assert judge(values, rule=rule, state=before) == (before if expected == KEPT else expected)


def test_one_bad_period_is_no_alarm_before_enough_periods_have_passed() -> None:
    rule = Rule(periods=3, needed=3, silence="missing", bad=lambda value: value > 0.5)
    assert judge([None, None, None, None, 1.0], rule=rule, state=OK) == OK


SIMPLE: dict[str, Any] = {"ComparisonOperator": "GreaterThanThreshold", "Period": 60, "EvaluationPeriods": 1}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"Metrics": [{"Id": "m", "Expression": "a + b"}]}, "Metrics"),
        ({"ThresholdMetricId": "band"}, "ThresholdMetricId"),
        ({"ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold"}, "LessThanLowerOrGreaterThanUpperThreshold"),
        ({"Period": 10}, "multiple of 60"),
        ({"Period": 300, "EvaluationPeriods": 289}, "at most 86400"),
        ({"Period": 3600, "EvaluationPeriods": 169}, "604800"),
        ({"AlarmActions": ["arn:aws:lambda:eu-west-1:000000000000:function:f"]}, "SNS topics and nothing else"),
    ],
)
def test_an_alarm_that_could_not_be_judged_is_refused_with_the_reason(more: dict[str, Any], said: str) -> None:
    assert not refusal(SIMPLE)
    assert said in refusal({**SIMPLE, **more})
