"""The templates last agreed on (tests/templates/__snapshots__), read without synthesizing, so that tests can be named after statements."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.permissions.world import Account, World
from tests.templates.reading import masked

SNAPSHOTS = Path(__file__).parents[1] / "templates" / "__snapshots__" / "test_snapshots"
REGION, ACCOUNT = "eu-west-1", "000000000000"


@cache
def templates(environment: str) -> dict[str, Any]:
    """Templates by stage: those of `dev`, `prod` or `erased`."""
    found = {path.stem.split(f"[{environment}-")[1].rstrip("]"): path for path in SNAPSHOTS.glob(f"*{environment}-*.json")}
    assert found, f"no snapshots of {environment} in {SNAPSHOTS}"
    return {stage: json.loads(path.read_text()) for stage, path in sorted(found.items())}


@cache
def world(environment: str) -> World:
    """The account they would make, with names made up."""
    return World(templates(environment), Account(REGION, ACCOUNT, imagined))


def in_order(template: Any) -> Any:
    """A deployed template with the resources of its statements in the order of the agreed one, whose assets have no hashes."""
    if isinstance(template, list):
        return [in_order(each) for each in template]
    if not isinstance(template, dict):
        return template
    return {
        name: sorted(each, key=lambda one: json.dumps(masked(one))) if name == "Resource" and isinstance(each, list) else in_order(each)
        for name, each in template.items()
    }


def imagined(stage: str, id_: str) -> str:
    """A physical name for templates that are deployed nowhere."""
    return f"{stage}-{id_}".lower()
