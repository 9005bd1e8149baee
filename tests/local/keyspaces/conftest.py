"""A keyspace with a table in the shared home, whose Cassandra starts with it, and unmodified clients of Amazon Keyspaces."""

import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.config import Config
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable
from cassandra.policies import ConstantReconnectionPolicy
from cassandra_sigv4.auth import SigV4AuthProvider

from tests.local.conftest import Home, allow, until

ARN = "arn:aws:cassandra:eu-west-1:000000000000:/keyspace/"
SCHEMA = {
    "allColumns": [{"name": "invoice", "type": "text"}, {"name": "line", "type": "int"}, {"name": "description", "type": "text"}],
    "partitionKeys": [{"name": "invoice"}],
    "clusteringKeys": [{"name": "line", "orderBy": "ASC"}],
}
INSERT = "INSERT INTO shop.lines (invoice, line, description) VALUES (%s, %s, %s)"


@dataclass
class Keyspaces:
    """The home's Keyspaces: the control plane as root, and CQL sessions of whoever has keys."""

    home: Home
    api: Any
    sessions: list[Any] = field(default_factory=list)

    @property
    def told(self) -> dict[str, Any]:
        """What the home tells of Cassandra, as soon as it answers: the file goes and comes with it."""

        def read() -> dict[str, Any]:
            try:
                return dict(json.loads((self.home.folder / "keyspaces.json").read_text()))
            except FileNotFoundError:
                return {}

        found: dict[str, Any] = until(read, seconds=180)
        return found

    def session(self, credentials: boto3.Session, *, ca: str | None = "", provider: Any = None) -> Any:
        """A CQL session. `ca` is the home's own by default; None is the machine's."""
        told = self.told
        context = ssl.create_default_context(cafile=told["ca"] if ca == "" else ca)
        host, _, port = told["endpoint"].partition(":")
        profile = ExecutionProfile(consistency_level=ConsistencyLevel.LOCAL_QUORUM, request_timeout=60)
        cluster = Cluster(
            [host],
            port=int(port),
            ssl_context=context,
            auth_provider=provider or SigV4AuthProvider(credentials),
            protocol_version=4,
            connect_timeout=60,
            reconnection_policy=ConstantReconnectionPolicy(1, max_attempts=None),
            control_connection_timeout=60,
            execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        )
        try:
            session = cluster.connect()
        except Exception:
            cluster.shutdown()
            raise
        self.sessions.append(session)
        return session

    def all_connected(self) -> bool:
        """Whether every session reaches Cassandra (again)."""
        try:
            for session in self.sessions:
                session.execute("SELECT key FROM system.local")
        except NoHostAvailable:
            return False
        return True

    def credentials(self, who: str = "root", **more: Any) -> boto3.Session:
        keys = self.home.keys(who)
        given = {"aws_access_key_id": keys["access_key_id"], "aws_secret_access_key": keys["secret_access_key"], "region_name": "eu-west-1"}
        return boto3.Session(**{**given, **more})

    def role(self, arn: str) -> boto3.Session:
        found = self.home.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        keys = {"aws_access_key_id": found["AccessKeyId"], "aws_secret_access_key": found["SecretAccessKey"]}
        return boto3.Session(**keys, aws_session_token=found["SessionToken"], region_name="eu-west-1")

    def table(self, name: str, **more: Any) -> None:
        """Make a table like `lines`, and wait until it can be used."""
        self.api.create_table(keyspaceName="shop", tableName=name, schemaDefinition=SCHEMA, **more)
        self.active(name)

    def active(self, name: str) -> None:
        until(lambda: self.api.get_table(keyspaceName="shop", tableName=name)["status"] == "ACTIVE", seconds=60)


def patient(home: Home) -> Any:
    """The control plane as root; the client waits for a Cassandra that starts."""
    keys = home.keys("root")
    given = {"aws_access_key_id": keys["access_key_id"], "aws_secret_access_key": keys["secret_access_key"]}
    config = Config(read_timeout=180, retries={"total_max_attempts": 1})
    return boto3.client("keyspaces", endpoint_url=home.about["endpoint"], region_name="eu-west-1", config=config, **given)


@pytest.fixture(scope="session")
def keyspaces(home: Home) -> Iterator[Keyspaces]:
    api = patient(home)
    api.create_keyspace(keyspaceName="shop", tags=[{"key": "team", "value": "retail"}])
    made = Keyspaces(home, api)
    made.table("lines")
    yield made
    for session in made.sessions:
        session.cluster.shutdown()


@pytest.fixture(scope="session")
def cql(keyspaces: Keyspaces) -> Any:
    """A session that may do everything, so that what is refused is refused by Keyspaces."""
    return keyspaces.session(keyspaces.credentials())


@pytest.fixture(scope="session")
def clerk(keyspaces: Keyspaces, make_role: Callable[..., str]) -> Any:
    """A session of a role that may read every table of the shop and write `lines`."""
    rights = [
        allow("cassandra:Select", on=[f"{ARN}system*", f"{ARN}shop/table/*"]),
        allow("cassandra:Modify", on=f"{ARN}shop/table/lines"),
    ]
    return keyspaces.session(keyspaces.role(make_role("shop-clerk", *rights)))
