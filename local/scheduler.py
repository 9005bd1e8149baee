"""EventBridge Scheduler: schedules fire on time, in their time zone, under their role.

The emulator starts targets with nobody's rights, knows only UTC, and after a pause makes up for what was missed. Here a
due schedule calls its target signed with a session of the schedule's role, so a role without `states:StartExecution`
starts nothing (the refusal is in the home's log). While the home is down nothing fires, and nothing is made up for.
Targets: a state machine. Others are refused when the schedule is made.
"""

import datetime
import json
import logging
import time
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import eventbridge, scheduler

from local import identity
from local.seams import replace

SERVICE = "scheduler.amazonaws.com"
TICK_SECONDS = 1
Schedule = dict[str, Any]
log = logging.getLogger("home.scheduler")

also: list[Callable[[], None]] = []  # what else looks at the time with every tick
_last: dict[tuple[str, str, str], float] = {}
_started = time.time()


def plug_in() -> None:
    """Replace when and how schedules fire."""
    replace(scheduler, "_tick_schedules", expected="()", by=tick)
    scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS

    def create(name: str, body: Schedule) -> Any:
        return _refusal(body) or make(name, body)

    def update(name: str, body: Schedule) -> Any:
        return _refusal(body) or change(name, body)

    make = replace(scheduler, "_create_schedule", expected="(name, body)", by=create)
    change = replace(scheduler, "_update_schedule", expected="(name, body)", by=update)


def tick() -> None:
    """Fire every enabled schedule that is due."""
    for each in also:
        each()
    now = time.time()
    for place, schedule in list(scheduler._schedules._data.items()):
        last = _last.setdefault(place, max(_started, scheduler._to_epoch(schedule["CreationDate"]) or now))
        if schedule.get("State") != "ENABLED" or not due(schedule, last=last, now=now):
            continue
        _last[place] = now
        with request_scope(place[0], place[1]):
            identity.in_background(lambda s=schedule: _fire(s, now), name=f"schedule-{schedule['Name']}")  # type: ignore[misc]
        if schedule["ScheduleExpression"].startswith("at(") and schedule.get("ActionAfterCompletion") == "DELETE":
            scheduler._schedules._data.pop(place, None)


def due(schedule: Schedule, *, last: float, now: float) -> bool:
    """Whether a schedule that fired (or began) at `last` must fire at `now`; both are epoch seconds."""
    start, end = scheduler._to_epoch(schedule.get("StartDate")), scheduler._to_epoch(schedule.get("EndDate"))
    if (start and now < start) or (end and now > end):
        return False
    expression = schedule["ScheduleExpression"]
    zone = zoneinfo.ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    if expression.startswith("at("):
        return bool(last < _local(expression[3:-1], zone) <= now)
    every = eventbridge._parse_rate_seconds(expression)
    if every:
        return bool(now - last >= every)
    following = eventbridge._cron_next_fire(eventbridge._parse_cron_fields(expression), _wall(last, zone))
    return following is not None and bool(following <= _wall(now, zone))


def _local(text: str, zone: zoneinfo.ZoneInfo) -> float:
    return datetime.datetime.fromisoformat(text.strip()).replace(tzinfo=zone).timestamp()


def _wall(epoch: float, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """The wall clock of `zone`, labelled UTC because the emulator's cron walks in UTC."""
    return datetime.datetime.fromtimestamp(epoch, tz=zone).replace(tzinfo=datetime.UTC)


def _refusal(body: Schedule) -> Any:
    """The answer to a schedule that could never fire, or None."""
    expression, target = str(body.get("ScheduleExpression", "")), body.get("Target") or {}
    known = expression.startswith("at(") or eventbridge._parse_rate_seconds(expression) or eventbridge._parse_cron_fields(expression)
    if not known:
        return scheduler._error(400, "ValidationException", f"Invalid Schedule Expression {expression}.")
    if body.get("ScheduleExpressionTimezone", "UTC") not in zoneinfo.available_timezones():
        return scheduler._error(400, "ValidationException", f"Invalid time zone {body['ScheduleExpressionTimezone']}.")
    if ":states:" not in target.get("Arn", "") or ":stateMachine:" not in target.get("Arn", ""):
        return scheduler._error(400, "ValidationException", f"The local home starts state machines only, not {target.get('Arn')}.")
    return None


def _fire(schedule: Schedule, now: float) -> None:
    target, name = schedule["Target"], str(uuid.uuid4())
    when = datetime.datetime.fromtimestamp(now, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = {"schedule-arn": schedule["Arn"], "scheduled-time": when, "execution-id": name, "attempt-number": "1"}
    event = {"source": "aws.scheduler", "detail-type": "Scheduled Event", "time": when, "resources": [schedule["Arn"]]}
    given = target.get("Input") or json.dumps(event)
    for word, value in words.items():
        given = given.replace(f"<aws.scheduler.{word}>", value)
    try:
        session = identity.role_session(target["RoleArn"], name, service=SERVICE)
        identity.client("stepfunctions", session).start_execution(stateMachineArn=target["Arn"], input=given, name=name)
    except Exception as error:  # a schedule's failure has nobody to go to but the log
        log.error("schedule %s could not start %s: %s", schedule["Arn"], target["Arn"], error)
