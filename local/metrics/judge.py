"""What CloudWatch makes of an alarm's periods, those without data included.

It looks at two periods more than the alarm asks for. With enough data among them it judges the newest; else it fills up
what is missing as the alarm says. The tables of its documentation ("Configuring how CloudWatch alarms treat missing
data") are the test.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

EXTRA = 2
OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`needed` of `periods` periods must be `bad`. `silence` is TreatMissingData."""

    periods: int
    needed: int
    silence: str
    bad: Callable[[float], bool]


def judge(values: Sequence[float | None], *, rule: Rule, state: str) -> str:
    """The new state of an alarm that is in `state`. `values` are those of `periods + EXTRA` periods, the oldest first."""
    real = [value for value in values if value is not None]
    if len(real) >= rule.periods:
        return _verdict(sum(map(rule.bad, real[-rule.periods :])) >= rule.needed)
    bad = sum(map(rule.bad, real))
    if rule.silence in ("breaching", "notBreaching"):
        filled = rule.periods - len(real) if rule.silence == "breaching" else 0
        return _verdict(bad + filled >= rule.needed)
    if not real:
        return state if rule.silence == "ignore" else UNKNOWN
    if bad >= rule.needed or bad < len(real):
        return _verdict(bad >= rule.needed)
    oldest = max(age for age, value in enumerate(reversed(values), start=1) if value is not None)
    return ALARM if rule.silence == "missing" and oldest >= rule.needed else state


def _verdict(crossed: bool) -> str:
    return ALARM if crossed else OK
