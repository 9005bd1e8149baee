"""The caller of a query: the clients with which everything is read and written on their behalf.

A client costs tens of milliseconds to make, so a few are kept per access key. Keys of sessions differ from session to
session, and a request with a revoked key is refused before it comes here.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from local import identity


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request. `credentials` are AWS_* environment variables as sorted pairs."""

    credentials: tuple[tuple[str, str], ...]

    @property
    def s3(self) -> Any:
        """The caller's S3 client."""
        return _client("s3", self.credentials)

    @property
    def glue(self) -> Any:
        """The caller's Glue client."""
        return _client("glue", self.credentials)

    @property
    def athena(self) -> Any:
        """The caller's Athena client."""
        return _client("athena", self.credentials)


def caller_of(headers: dict[str, str], query: dict[str, Any]) -> Caller:
    """Who signed a request. Raises PermissionError for an unsigned one."""
    return Caller(tuple(sorted(identity.caller_credentials(headers, query).items())))


@lru_cache(maxsize=64)
def _client(service: str, credentials: tuple[tuple[str, str], ...]) -> Any:
    return identity.client(service, dict(credentials))
