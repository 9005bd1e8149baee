"""Amazon Keyspaces by its own protocol: TLS, and signatures with the credentials of the role at hand. There are no passwords.

The driver is imported when it is needed: declarations are read where there is none.
"""

import os
from dataclasses import dataclass
from typing import Any

from lakemill import keyspaces_values

PORT = 9142
CONNECT_SECONDS, REQUEST_SECONDS = 20, 30
# The driver's plug-in writes a wrong date once in 2,000 logins, when a second is almost over.
LOGINS = 3


class NotConnected(RuntimeError):
    """Keyspaces could not be reached or refused us: says where and why."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where Keyspaces answers in a region, and the file of authorities trusted there (empty: those of this system)."""

    host: str
    port: int
    authorities: str = ""

    @classmethod
    def of(cls, region: str) -> "Place":
        """The service of a region, unless the process is told of another place by its environment."""
        own, authorities = os.environ.get("LAKEMILL_KEYSPACES_ENDPOINT", ""), os.environ.get("LAKEMILL_KEYSPACES_CA", "")
        if own:
            host, _, port = own.rpartition(":")
            return cls(host=host, port=int(port), authorities=authorities)
        suffix = ".cn" if region.startswith("cn-") else ""
        return cls(host=f"cassandra.{region}.amazonaws.com{suffix}", port=PORT, authorities=authorities)


def connect(boto_session: Any, *, place: Place | None = None) -> Any:
    """A session of the driver with LOCAL_QUORUM both ways, rows as tuples and no retries of its own; NotConnected says why not.

    `boto_session` gives credentials and region. Close it with `close`.
    """
    from cassandra.cluster import NoHostAvailable

    where = place or Place.of(boto_session.region_name)
    for attempt in range(1, LOGINS + 1):
        cluster = _cluster(boto_session, place=where)
        try:
            session = cluster.connect()
            session.client_protocol_handler = keyspaces_values.protocol()
            return session
        except NoHostAvailable as error:
            cluster.shutdown()
            if attempt == LOGINS or not _refused(error):
                raise NotConnected(f"Keyspaces at {where.host}:{where.port}: {_said(error)}") from error
    raise AssertionError("unreachable")


def close(session: Any) -> None:
    """Ends a session and its connections."""
    session.cluster.shutdown()


def _cluster(boto_session: Any, *, place: Place) -> Any:
    from cassandra import ConsistencyLevel
    from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
    from cassandra.policies import ExponentialReconnectionPolicy, FallthroughRetryPolicy, RoundRobinPolicy
    from cassandra.query import tuple_factory
    from cassandra_sigv4.auth import SigV4AuthProvider

    profile = ExecutionProfile(
        load_balancing_policy=RoundRobinPolicy(),
        retry_policy=FallthroughRetryPolicy(),  # writing.py and reading.py know what may be repeated, and wait in between
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        request_timeout=REQUEST_SECONDS,
        row_factory=tuple_factory,
    )
    return Cluster(
        [place.host],
        port=place.port,
        ssl_context=_tls(place),
        ssl_options={"server_hostname": place.host},
        auth_provider=SigV4AuthProvider(boto_session),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        reconnection_policy=ExponentialReconnectionPolicy(0.5, 10, max_attempts=None),
        protocol_version=keyspaces_values.VERSION,
        connect_timeout=CONNECT_SECONDS,
        control_connection_timeout=CONNECT_SECONDS,
        schema_metadata_enabled=False,
        token_metadata_enabled=False,
    )


def _tls(place: Place) -> Any:
    import ssl

    context = ssl.create_default_context(cafile=place.authorities or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _refused(error: Any) -> bool:
    """Whether a host answered and did not let us in, which may be the wrong date."""
    from cassandra import AuthenticationFailed

    return any(isinstance(each, AuthenticationFailed) for each in error.errors.values())


def _said(error: Any) -> str:
    return "; ".join(f"{type(each).__name__}: {each}" for each in error.errors.values()) or str(error)
