"""A platform that has mapped customers to segments."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from lakemill import keyspaces, models
from lakemill.datasets import wide
from lakemill.keyspaces_reading import Reader, ranges
from lakemill.samples.planted import Planted
from lakemill.wide import WideTable
from lakemill.wide_rows import Row, rows
from tests.flows.platform import Platform
from tests.rfm import Customer, customers

RETAIL, MODEL = wide()["retail"], models.model("segments")
LINES = 8_000


@dataclass(frozen=True)
class Learned:
    """A platform that has mapped the customers of generated files, and what it said on the way."""

    platform: Platform
    planted: Planted
    said: str

    def lines(self) -> list[tuple[Any, ...]]:
        """The files' rows, with file and line, read here."""
        found = ((path, each) for path in self.planted.files for each in rows(path, dataset=RETAIL))
        return [(*each.values, path.name, each.line) for path, each in found if isinstance(each, Row)]

    def customers(self) -> dict[str, Customer]:
        """The customers and their features, computed here."""
        return customers(self.lines())

    def table(self, table: WideTable) -> list[tuple[Any, ...]]:
        """A table of Keyspaces, read by ranges of tokens as the platform's user."""
        with self._connected(json.loads((self.platform.home / "home.json").read_text())["profiles"]["user"]) as session:
            reader = Reader(session, table=table, keyspace="lakemill_dev")
            return [row for between in ranges(8) for row in reader.read(between)]

    def spaces(self) -> set[str]:
        """The keyspaces that Cassandra itself knows."""
        with self._connected(json.loads((self.platform.home / "root.json").read_text())["root"]) as session:
            return {row[0] for row in session.execute("select keyspace_name from system_schema.keyspaces")}

    @contextmanager
    def _connected(self, keys: dict[str, str]) -> Iterator[Any]:
        region = json.loads((self.platform.home / "home.json").read_text())["region"]
        said = json.loads((self.platform.home / "keyspaces.json").read_text())
        host, _, port = said["endpoint"].rpartition(":")
        place = keyspaces.Place(host=host, port=int(port), authorities=said["ca"])
        session = keyspaces.connect(boto3.Session(keys["access_key_id"], keys["secret_access_key"], region_name=region), place=place)
        try:
            yield session
        finally:
            keyspaces.close(session)
