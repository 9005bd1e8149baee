"""The alarms of a platform that are raised: which, since when and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli import screen, words
from cli.formats import as_table
from cli.platform import PROJECT, Platform

STAGE = "observe"


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An alarm in the state ALARM."""

    name: str
    since: datetime
    why: str


def show(platform: Platform) -> None:
    """Show the alarms that are raised; nothing where alarms are not deployed."""
    if not platform.deployed(STAGE):
        return
    rows = [(each.name, words.moment(each.since), each.why) for each in raised(platform)]
    if rows:
        screen.out.print(as_table(["alarm", "since", "why"], rows, right=[False] * 3, fold="why"))
    else:
        screen.out.print("No alarm is raised.")


def raised(platform: Platform) -> tuple[Raised, ...]:
    """The raised alarms of the environment, the latest first."""
    return tuple(sorted(_found(platform), key=lambda each: each.since, reverse=True))


def _found(platform: Platform) -> Iterator[Raised]:
    prefix = f"{PROJECT}-{platform.env}-{STAGE}-"
    pages = platform.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix, StateValue="ALARM")
    for alarm in (each for page in pages for each in page["MetricAlarms"]):
        since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
        yield Raised(name=alarm["AlarmName"].removeprefix(prefix), since=since, why=_why(alarm))


def _why(alarm: dict[str, Any]) -> str:
    """What happened, in one line: the first sentence of the alarm's description, or what CloudWatch says where it has none."""
    said = alarm.get("AlarmDescription") or alarm.get("StateReason") or ""
    return words.plain(" ".join(said.split())).partition(". ")[0].rstrip(".")
