"""AWS clients of one home: the local one by its own credentials, AWS by whatever this shell is logged in as."""

import os
import threading
from enum import StrEnum
from typing import Any

from cli import home as local_home


class At(StrEnum):
    """Where a platform runs."""

    LOCAL = "local"
    AWS = "aws"


class Clients:
    """One AWS client per service, made when first asked for."""

    def __init__(self, session: Any, **options: Any) -> None:
        self._session = session
        self._options = options
        self._made: dict[str, Any] = {}
        self._making = threading.Lock()  # clients may be shared by threads, a session may not

    def __call__(self, service: str) -> Any:
        """The client of a service, by boto3's name for it."""
        with self._making:
            if service not in self._made:
                self._made[service] = self._session.client(service, **self._options)
            return self._made[service]

    @property
    def session(self) -> Any:
        """The boto3 session that all clients come from, for what speaks another protocol with the same credentials."""
        return self._session

    @property
    def region(self) -> str:
        """The region all clients speak to."""
        return str(self._session.region_name or "")

    def offered(self, service: str, *, partition: str) -> bool:
        """Whether the region has a service, as far as the installed boto3 knows; services without regions of their own count as there."""
        regions = self._session.get_available_regions(service, partition_name=partition)
        return not regions or self.region in regions


def connect(at: At) -> Clients:
    """Clients of the local home's data user, or of AWS by boto3's own credential chain."""
    import boto3  # here: half a second that `mill --help` need not wait for

    if at is At.AWS:
        return Clients(boto3.Session(region_name=os.environ.get("AWS_REGION")))  # cdk takes that variable, boto3 alone would not
    home = local_home.required()
    return local(home, home.profiles["user"])


def local(home: local_home.Home, keys: local_home.Keys) -> Clients:
    """Clients of the local home, as the owner of the keys."""
    import boto3
    from botocore.config import Config

    os.environ.pop("AWS_PROFILE", None)  # boto3 would look for it, and the home has no profiles
    session = boto3.Session(keys.access_key_id, keys.secret_access_key, region_name=home.region)
    own = Config(connect_timeout=5, read_timeout=120, retries={"total_max_attempts": 2}, proxies={}, s3={"addressing_style": "path"})
    return Clients(session, endpoint_url=home.endpoint, config=own)
