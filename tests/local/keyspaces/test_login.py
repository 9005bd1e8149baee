"""Who may connect: SigV4 with keys of this home over TLS of this home, and nothing else."""

import datetime
import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import boto3
import pytest
from cassandra import Unauthorized
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import NoHostAvailable
from ministack.services import sts

from local.keyspaces import rights
from tests.local.conftest import allow, until
from tests.local.keyspaces.conftest import ARN, INSERT, Keyspaces


def refused(keyspaces: Keyspaces, credentials: boto3.Session, **more: Any) -> str:
    with pytest.raises(NoHostAvailable) as found:
        keyspaces.session(credentials, **more)
    return str(found.value.errors)


def test_a_role_connects_with_its_session_and_works(clerk: Any) -> None:
    clerk.execute(INSERT, ("login", 1, "lamp"))
    found = clerk.execute("SELECT description FROM shop.lines WHERE invoice = 'login'").one()
    assert found.description == "lamp"
    assert clerk.execute("SELECT data_center FROM system.local").one().data_center == "eu-west-1"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"aws_secret_access_key": "no"}, "signature we calculated does not match"),
        ({"region_name": "us-east-1"}, "signature we calculated does not match"),
        ({"aws_access_key_id": "AKIA0000000000000000"}, "security token included in the request is invalid"),
        ({"aws_session_token": "none"}, "malformed or otherwise invalid"),
    ],
)
def test_wrong_credentials_are_refused(keyspaces: Keyspaces, wrong: dict[str, str], says: str) -> None:
    assert says in refused(keyspaces, keyspaces.credentials(**wrong))


def test_a_session_needs_its_token(keyspaces: Keyspaces, make_role: Callable[..., str]) -> None:
    frozen = keyspaces.role(make_role("tokenless")).get_credentials().get_frozen_credentials()
    bare = boto3.Session(aws_access_key_id=frozen.access_key, aws_secret_access_key=frozen.secret_key, region_name="eu-west-1")
    assert "malformed or otherwise invalid" in refused(keyspaces, bare)


def test_passwords_are_refused(keyspaces: Keyspaces) -> None:
    plain = PlainTextAuthProvider("somebody", "secret")
    assert "Provided username somebody and/or password are incorrect" in refused(keyspaces, keyspaces.credentials(), provider=plain)


def test_clients_that_do_not_trust_the_home_s_authority_do_not_connect(keyspaces: Keyspaces) -> None:
    assert "CERTIFICATE_VERIFY_FAILED" in refused(keyspaces, keyspaces.credentials(), ca=None)


def test_connecting_takes_the_right_to_read_system_tables(keyspaces: Keyspaces, make_role: Callable[..., str]) -> None:
    role = keyspaces.role(make_role("shop-blind", allow("cassandra:*", on=f"{ARN}shop/table/lines")))
    assert "is not authorized to perform: cassandra:Select on resource: " + ARN + "system" in refused(keyspaces, role)


def test_iam_decides_by_table_and_names_what_is_missing(keyspaces: Keyspaces, clerk: Any) -> None:
    keyspaces.table("prices")
    assert clerk.execute("SELECT line FROM shop.prices").all() == []
    with pytest.raises(Unauthorized) as found:
        clerk.execute("INSERT INTO shop.prices (invoice, line) VALUES ('a', 1)")
    who = "arn:aws:sts::000000000000:assumed-role/shop-clerk/test"
    assert f"User: {who} is not authorized to perform: cassandra:Modify on resource: {ARN}shop/table/prices" in str(found.value)
    with pytest.raises(Unauthorized, match="cassandra:Drop"):
        clerk.execute("DROP TABLE shop.prices")
    with pytest.raises(Unauthorized, match=f"cassandra:Create on resource: {ARN}stolen/"):
        clerk.execute("CREATE KEYSPACE stolen WITH replication = {'class': 'SingleRegionStrategy'}")


def test_a_session_that_ends_can_do_no_more(keyspaces: Keyspaces, make_role: Callable[..., str]) -> None:
    arn = make_role("shop-brief", allow("cassandra:Select", on=[f"{ARN}system*", f"{ARN}shop/*"]))
    session = keyspaces.session(keyspaces.role(arn))
    assert session.execute("SELECT line FROM shop.lines LIMIT 1") is not None
    now = datetime.datetime.now(datetime.UTC).isoformat()
    ends = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:TokenIssueTime": now}}}
    document = {"Version": "2012-10-17", "Statement": [ends]}
    keyspaces.home.client("iam").put_role_policy(RoleName="shop-brief", PolicyName="revoked", PolicyDocument=json.dumps(document))

    def denied() -> bool:
        try:
            session.execute("SELECT line FROM shop.lines LIMIT 1")
        except Unauthorized as error:
            return "explicit deny" in str(error)
        return False

    until(denied, seconds=30)


def test_a_session_is_let_in_before_its_end_and_not_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the home decides by, asked here: the shortest session of AWS lasts 15 minutes."""
    now = datetime.datetime.now(datetime.UTC)
    held = {"Arn": "arn:aws:sts::000000000000:assumed-role/clerk/test", "SecretAccessKey": "s", "SessionToken": "t"}
    said = {"access_key": "ASIACLERK", "session_token": "t", "amzdate": now.isoformat()}
    for ends, allowed in ((now.timestamp() + 60, True), (now.timestamp() - 1, False)):
        monkeypatch.setitem(sts._sessions, "ASIACLERK", {**held, "Expiration": ends})
        said["signature"] = rights._signature("nonce", key="ASIACLERK", secret="s", date=said["amzdate"])
        with nullcontext() if allowed else pytest.raises(PermissionError, match="The security token included in the request is expired"):
            assert rights.login("nonce", said)["arn"] == held["Arn"]
