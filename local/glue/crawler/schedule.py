"""Crawlers on a schedule: cron only, at most every five minutes, as with AWS. While the home is down nothing starts."""

import datetime
import re
import time
from typing import Any

from ministack.core.responses import error_response_json, json_response, request_scope
from ministack.services import eventbridge, glue

from local import scheduler
from local.glue.crawler import crawls

ON, OFF = "SCHEDULED", "NOT_SCHEDULED"
Data = dict[str, Any]
_last: dict[tuple[str, ...], float] = {}
_started = time.time()


def plug_in() -> None:
    """Look at crawlers whenever the home looks at schedules."""
    scheduler.also.append(tick)


def tick() -> None:
    """Start every crawler that is due."""
    now = time.time()
    for place, crawler in list(glue._crawlers._data.items()):
        planned = crawler.get("Schedule") or {}
        last = _last.setdefault(place, _started)
        if planned.get("State") == ON and due(planned["ScheduleExpression"], last=last, now=now):
            _last[place] = now
            with request_scope(place[0], place[1]):
                crawls.start(crawler)


def due(expression: str, *, last: float, now: float) -> bool:
    """Whether a schedule that was looked at at `last` has come by `now`; both are epoch seconds."""
    following = eventbridge._cron_next_fire(eventbridge._parse_cron_fields(expression), _utc(last))
    return following is not None and bool(following <= _utc(now))


def problem(expression: str) -> str:
    """Why a schedule is refused; empty if it is not."""
    if not expression:
        return ""
    fields = re.fullmatch(r"cron\((\S+)( \S+){5}\)", expression)
    if not fields or eventbridge._parse_cron_fields(expression) is None:
        return f"The schedule {expression} is not a valid cron expression"
    every = re.fullmatch(r"\*(?:/([1-4]))?", fields[1])
    return f"The schedule {expression} runs more often than every 5 minutes" if every else ""


def described(expression: str) -> Data:
    """A crawler's schedule as GetCrawler shows it."""
    return {"ScheduleExpression": expression, "State": ON} if expression else {}


def change(data: Data) -> Any:
    """UpdateCrawlerSchedule."""
    crawler, expression = glue._crawlers.get(data.get("CrawlerName", "")), data.get("Schedule") or ""
    if crawler is None:
        return _not_found(data)
    refused = problem(expression)
    if refused:
        return error_response_json("InvalidInputException", refused, 400)
    crawler["Schedule"] = described(expression)
    return json_response({})


def switch_on(data: Data) -> Any:
    """StartCrawlerSchedule."""
    return _switch(data, to=ON, refusal="SchedulerRunningException")


def switch_off(data: Data) -> Any:
    """StopCrawlerSchedule."""
    return _switch(data, to=OFF, refusal="SchedulerNotRunningException")


def _switch(data: Data, *, to: str, refusal: str) -> Any:
    crawler = glue._crawlers.get(data.get("CrawlerName", ""))
    if crawler is None:
        return _not_found(data)
    planned = crawler.get("Schedule") or {}
    if not planned:
        return error_response_json("NoScheduleException", f"Crawler with name {crawler['Name']} has no schedule", 400)
    if planned["State"] == to:
        return error_response_json(refusal, f"The schedule of crawler {crawler['Name']} is {to} already", 400)
    crawler["Schedule"] = {**planned, "State": to}
    return json_response({})


def _not_found(data: Data) -> Any:
    return error_response_json("EntityNotFoundException", f"Crawler entry with name {data.get('CrawlerName')} does not exist", 400)


def _utc(epoch: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(epoch, tz=datetime.UTC)
