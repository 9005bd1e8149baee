"""Keyspaces of one platform: a session with the credentials of its clients, at home or on AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cli import home as local_home
from cli.clients import At
from cli.platform import Platform
from cli.problem import Problem
from lakemill import keyspaces


@contextmanager
def session(platform: Platform) -> Iterator[Any]:
    """A session of the driver; a Problem where nothing answers or we are refused."""
    place = _at_home() if platform.at is At.LOCAL else None
    try:
        found = keyspaces.connect(platform.client.session, place=place)
    except keyspaces.NotConnected as error:
        raise Problem(str(error), "Look at the credentials of this shell, and at the role's rights on cassandra:Select") from error
    try:
        yield found
    finally:
        keyspaces.close(found)


def keyspace(platform: Platform) -> str:
    """The platform's keyspace; a Problem that says which setting deploys one."""
    found = platform.outputs("storage").get("Keyspace")
    if found is None:
        raise Problem(f"environment {platform.env} has no Keyspaces", f'Set "segments": true in cdk.json. {platform.how_to_deploy}')
    return found


def _at_home() -> keyspaces.Place:
    place = local_home.keyspaces_place()
    if place is None:
        raise Problem("Keyspaces does not run at this home", "Deploy a platform that has it: mill up --deploy")
    host, _, port = place[0].rpartition(":")
    return keyspaces.Place(host=host, port=int(port), authorities=place[1])
