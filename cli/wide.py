"""Keyspaces of one platform: a session with the credentials of its clients, at home or on AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cli import home as local_home
from cli.clients import At
from cli.platform import Platform
from cli.problem import Problem
from lakemill import keyspaces

_SAID = 600  # characters
_ADVICE = (
    (
        "CERTIFICATE_VERIFY_FAILED",
        "Find out who answers there: its certificate is of no authority that this machine trusts (SSL_CERT_FILE)",
    ),
    ("Signature expired", "Set the clock of this machine right"),
    ("is expired", "Log in to AWS again (for example: aws sso login)"),
    ("signature we calculated", "Look at the secret key of this shell, and whether AWS_REGION is the region of the platform"),
    ("security token", "Log in to AWS again (for example: aws sso login)"),
    ("ConnectionRefused", "Is the home up? See: mill status. On AWS: is there a network?"),
)
_OTHERWISE = "Look at the credentials of this shell, and at the role's rights on cassandra:Select"


@contextmanager
def session(platform: Platform) -> Iterator[Any]:
    """A session of the driver; a Problem where nothing answers or we are refused."""
    place = _at_home() if platform.at is At.LOCAL else None
    try:
        found = keyspaces.connect(platform.client.session, place=place)
    except keyspaces.NotConnected as error:
        raise Problem(f"{str(error)[:_SAID]}; nothing was sent", _advice(str(error))) from error
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


def _advice(said: str) -> str:
    """What to do about a refusal. There is no other way in, and none is tried."""
    return next((advice for sign, advice in _ADVICE if sign in said), _OTHERWISE)


def _at_home() -> keyspaces.Place:
    place = local_home.keyspaces_place()
    if place is None:
        raise Problem("Keyspaces does not run at this home", "Deploy a platform that has it: mill up --deploy")
    host, _, port = place[0].rpartition(":")
    return keyspaces.Place(host=host, port=int(port), authorities=place[1])
