"""What an alarm does when its state changes: it tells topics, with CloudWatch's message, if policies let it."""

import json
import logging
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch, sns

from local.metrics import clock, topics
from local.metrics.alarms import written
from local.seams import replace

ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
log = logging.getLogger("home.metrics")


def plug_in() -> None:
    """Replace how alarms tell topics."""
    replace(cloudwatch, "_dispatch_alarm_actions", expected="(alarm, old_state, new_state, reason)", by=tell)


def tell(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
    """Tell every topic of the new state; a refusal is in the home's log."""
    if not alarm.get("ActionsEnabled", True):
        return
    service = topics.Service(principal="cloudwatch.amazonaws.com", source=alarm["AlarmArn"], known_to_kms=True)
    for topic in alarm.get(ACTIONS[new]) or []:
        refused = topics.refusal(topic, service=service)
        if refused:
            log.warning("alarm %s tells nobody that it is in %s: %s", alarm["AlarmName"], new, refused)
            continue
        message = json.dumps(_message(alarm, old=old, new=new, reason=reason))
        sns.publish_internal(topic, message, f'{new}: "{alarm["AlarmName"]}" in {get_region()}'[:100])


def _message(alarm: dict[str, Any], *, old: str, new: str, reason: str) -> dict[str, Any]:
    return {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": get_account_id(),
        "AlarmConfigurationUpdatedTimestamp": written(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": new,
        "NewStateReason": reason,
        "StateChangeTime": written(clock.now()),
        "Region": get_region(),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old,
        **{name: alarm.get(name) or [] for name in ("OKActions", "AlarmActions", "InsufficientDataActions")},
        "Trigger": _trigger(alarm),
    }


def _trigger(alarm: dict[str, Any]) -> dict[str, Any]:
    kind = "ExtendedStatistic" if alarm.get("ExtendedStatistic") else "Statistic"
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": kind,
        kind: alarm[kind] if kind == "ExtendedStatistic" else alarm[kind].upper(),
        "Unit": alarm.get("Unit"),
        "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in alarm.get("Dimensions") or []],
        "Period": alarm["Period"],
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        **({"DatapointsToAlarm": alarm["DatapointsToAlarm"]} if alarm.get("DatapointsToAlarm") else {}),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": "",
    }
