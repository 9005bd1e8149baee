"""What there is of a platform: stacks, objects in the zones, the last runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli.platform import ZONES, Platform

ABSENT = "not deployed"
_MOST_OBJECTS = 10_000
_RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Objects in a zone's bucket; `more` when counting stopped before the end."""

    zone: str
    objects: int
    bytes: int
    more: bool


@dataclass(frozen=True, kw_only=True)
class Run:
    """One execution of a flow."""

    flow: str
    name: str
    status: str
    started: datetime
    seconds: float | None


def stacks(platform: Platform) -> Mapping[str, str]:
    """Each stage's stack status, `ABSENT` where there is none."""
    found = {stage: platform.stack(stage) for stage in platform.stages}
    return {stage: str(stack["StackStatus"]) if stack else ABSENT for stage, stack in found.items()}


def stored(platform: Platform) -> tuple[Stored, ...]:
    """The zones' objects, counted up to a bound."""
    return tuple(_stored(platform, zone) for zone in ZONES)


def runs(platform: Platform) -> tuple[Run, ...]:
    """The last runs of every flow, newest first."""
    states = platform.client("stepfunctions")
    return tuple(
        _run(flow, execution)
        for flow, arn in platform.flows().items()
        for execution in states.list_executions(stateMachineArn=arn, maxResults=_RUNS)["executions"]
    )


def _run(flow: str, execution: Mapping[str, Any]) -> Run:
    stop = execution.get("stopDate")
    seconds = (stop - execution["startDate"]).total_seconds() if stop else None
    return Run(flow=flow, name=execution["name"], status=execution["status"], started=execution["startDate"], seconds=seconds)


def _stored(platform: Platform, zone: str) -> Stored:
    objects = total = 0
    for page in platform.client("s3").get_paginator("list_objects_v2").paginate(Bucket=platform.bucket(zone)):
        objects += page.get("KeyCount", 0)
        total += sum(each["Size"] for each in page.get("Contents", ()))
        if objects >= _MOST_OBJECTS:
            return Stored(zone=zone, objects=objects, bytes=total, more=bool(page.get("IsTruncated")))
    return Stored(zone=zone, objects=objects, bytes=total, more=False)
