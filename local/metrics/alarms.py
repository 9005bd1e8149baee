"""Alarms: the state each is in, and what of CloudWatch's alarms the home refuses because it could not judge it."""

import datetime
import operator
from typing import Any

from ministack.services import cloudwatch

from local.metrics import clock
from local.metrics.judge import EXTRA, UNKNOWN, Rule, judge
from local.seams import replace

Alarm = dict[str, Any]
COMPARISONS = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
UNKNOWN_PROPERTIES = ("Metrics", "ThresholdMetricId", "EvaluateLowSampleCountPercentile", "EvaluationCriteria", "EvaluationInterval")
_seen: dict[tuple[str, float], float] = {}


def plug_in() -> None:
    """Judge alarms by the clock only, and refuse those that cannot be judged, however they are made."""
    replace(cloudwatch, "_evaluate_alarm", expected="(alarm)", by=lambda _alarm: None)

    def put(params: Any, data: Any, is_cbor: Any, is_json: Any = False) -> Any:
        given = data if is_cbor or is_json else _form(params)
        refused = refusal(given)
        return (
            cloudwatch._error("ValidationError", refused, 400, use_json=is_json, use_cbor=is_cbor)
            if refused
            else make(params, data, is_cbor, is_json)
        )

    def store(alarm: Alarm) -> None:
        refused = refusal(alarm)
        if refused:
            raise ValueError(refused)
        keep(alarm)

    make = replace(cloudwatch, "_put_metric_alarm", expected="(params, cbor_data, is_cbor, is_json=False)", by=put)
    keep = replace(cloudwatch, "cloudformation_put_metric_alarm", expected="(alarm: dict) -> None", by=store)


def refusal(alarm: Alarm) -> str:
    """Why the home cannot judge an alarm; empty if it can."""
    unknown = [name for name in UNKNOWN_PROPERTIES if alarm.get(name)]
    if unknown:
        return f"the local home judges alarms on one metric and not by {', '.join(unknown)} (local/README.md)"
    if alarm.get("ComparisonOperator") not in COMPARISONS:
        return f"the local home compares by {', '.join(COMPARISONS)}, not by {alarm.get('ComparisonOperator')} (local/README.md)"
    period, periods = int(alarm.get("Period") or 60), int(alarm.get("EvaluationPeriods") or 1)
    if period % 60 or period < 60:
        return f"Period is {period}; the local home judges alarms of standard resolution, whose period is a multiple of 60"
    if period * periods > (7 * 86400 if period >= 3600 else 86400):
        return f"EvaluationPeriods * Period is {period * periods}; it must be at most 86400, or 604800 with periods of an hour and more"
    others = [
        a for kind in ("AlarmActions", "OKActions", "InsufficientDataActions") for a in alarm.get(kind) or [] if ":sns:" not in str(a)
    ]
    return f"the local home tells SNS topics and nothing else: {others[0]}" if others else ""


def _form(params: dict[str, Any]) -> Alarm:
    """A request of the old protocol, whose lists are `Name.member.1` and so on."""
    given: Alarm = {}
    for key, value in params.items():
        name, _, member = key.partition(".")
        text = value[0] if isinstance(value, list) else value
        given[name] = [*given.get(name, []), text] if member else text
    return given


def look(alarm: Alarm) -> None:
    """Judge an alarm at the end of the last full minute, once. Call it in a request's scope."""
    end = clock.now() // 60 * 60
    seen = (alarm["AlarmArn"], alarm["AlarmConfigurationUpdatedTimestamp"])
    if _seen.get(seen) == end:
        return
    _seen[seen] = end
    compare, _ = COMPARISONS[alarm["ComparisonOperator"]]
    rule = Rule(
        periods=alarm["EvaluationPeriods"],
        needed=alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"],
        silence=alarm.get("TreatMissingData") or "missing",
        bad=lambda value: bool(compare(value, alarm["Threshold"])),
    )
    values = _values(alarm, end=end)
    state = judge(values, rule=rule, state=alarm["StateValue"])
    if state != alarm["StateValue"]:
        _change(alarm, state, reason=_reason(alarm, values, state=state))


def _values(alarm: Alarm, *, end: float) -> list[float | None]:
    """The statistic of each period until `end`, the oldest first; None where there is no data."""
    period, count = alarm["Period"], alarm["EvaluationPeriods"] + EXTRA
    wanted = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    points = list(cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(wanted))) or [])
    name = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    values: list[float | None] = []
    for age in range(count, 0, -1):
        low, high = end - age * period, end - (age - 1) * period
        inside = [p for p in points if low <= p["Timestamp"] < high and alarm.get("Unit") in (None, "", p["Unit"])]
        stats = cloudwatch._calc_stats(inside)
        values.append(cloudwatch._stat_value(stats, name, inside) if stats else None)
    return values


def _reason(alarm: Alarm, values: list[float | None], *, state: str) -> str:
    periods = alarm["EvaluationPeriods"]
    real = [value for value in values if value is not None][-periods:]
    word = COMPARISONS[alarm["ComparisonOperator"]][1]
    if state == UNKNOWN:
        return f"Insufficient Data: {periods} datapoints were unknown."
    if not real:
        silence = {"breaching": "Breaching", "notBreaching": "NonBreaching"}[alarm["TreatMissingData"]]
        missing = f"{periods} missing datapoints were treated as [{silence}]"
        return f"Threshold Crossed: no datapoints were received for {periods} periods and {missing}."
    negation = "" if state == "ALARM" else "not "
    shown = ", ".join(str(value) for value in real[-5:])
    crossed = f"was {negation}{word} the threshold ({alarm['Threshold']})"
    return f"Threshold Crossed: {len(real)} out of the last {periods} datapoints [{shown}] {crossed}."


def _change(alarm: Alarm, state: str, *, reason: str) -> None:
    old = alarm["StateValue"]
    moment = clock.now()
    alarm.update(StateValue=state, StateReason=reason, StateUpdatedTimestamp=int(moment), StateTransitionedTimestamp=int(moment))
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def written(moment: float) -> str:
    """A moment as CloudWatch's messages write it."""
    return datetime.datetime.fromtimestamp(moment, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
