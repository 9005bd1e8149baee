"""A platform with customer segments, as the tests of the flow and of the notebook have it."""

import json
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
        home = json.loads((self.platform.home / "home.json").read_text())
        keys, said = home["profiles"]["user"], json.loads((self.platform.home / "keyspaces.json").read_text())
        host, _, port = said["endpoint"].rpartition(":")
        place = keyspaces.Place(host=host, port=int(port), authorities=said["ca"])
        session = keyspaces.connect(
            boto3.Session(keys["access_key_id"], keys["secret_access_key"], region_name=home["region"]), place=place
        )
        try:
            reader = Reader(session, table=table, keyspace="lakemill_dev")
            return [row for between in ranges(8) for row in reader.read(between)]
        finally:
            keyspaces.close(session)
