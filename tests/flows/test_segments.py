"""From a file to a customer's segment at home: rows in Keyspaces, features, a trained model, and the mapping in SQL and in Keyspaces."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import numpy as np
import pytest
from sklearn.cluster import KMeans

from lakemill import keyspaces, models
from lakemill.datasets import wide
from lakemill.keyspaces_reading import Reader, ranges
from lakemill.samples import sample
from lakemill.samples.planted import Planted
from lakemill.wide import WideTable
from lakemill.wide_rows import Row, rows
from tests.flows.conftest import UNTRACKED
from tests.flows.platform import ROOT, Platform
from tests.rfm import Customer, customers

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_only")]

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


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learned]:
    """A copy of the project with the setting on, deployed into a home of its own, loaded and run."""
    folder = tmp_path_factory.mktemp("segments")
    project = folder / "project"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*UNTRACKED))
    for linked in (".venv", "node_modules"):
        (project / linked).symlink_to(ROOT / linked)
    (project / ".local").mkdir()
    (project / ".local" / "engines").symlink_to(ROOT / ".local" / "engines")
    settings = json.loads((project / "cdk.json").read_text())
    settings["context"]["environments"]["dev"]["segments"] = True
    (project / "cdk.json").write_text(json.dumps(settings))
    platform = Platform(folder / "home", project=project)
    planted = sample("retail", folder / "retail", rows=LINES, files=3, seed=5)
    try:
        platform.mill("up")
        platform.mill("load", "retail", *planted.files)
        yield Learned(platform, planted, platform.mill("run", "segments"))
    finally:
        platform.try_mill("down", "--erase", "--yes")


def expected(found: dict[str, Customer]) -> dict[int, dict[str, int]]:
    """Each customer's segment by the documented rule, for every number of segments that may be chosen."""
    who = sorted(found)
    values = np.array([[found[name].recency, found[name].frequency, float(found[name].monetary)] for name in who])
    logs = np.log1p(values)
    points = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    fits = {k: KMeans(n_clusters=k, n_init=10, random_state=42).fit(points) for k in range(3, 11)}
    return {k: _labels(fit, values=values, who=who) for k, fit in fits.items()}


def _labels(fit: Any, *, values: Any, who: list[str]) -> dict[str, int]:
    order = np.argsort([values[fit.labels_ == label, 2].mean() for label in range(fit.n_clusters)])
    number = {label: place for place, label in enumerate(order, 1)}
    return {name: number[label] for name, label in zip(who, fit.labels_, strict=True)}


def test_every_line_is_in_keyspaces_and_in_the_lake_once(learned: Learned) -> None:
    lines = learned.lines()
    assert len(lines) == LINES - learned.planted.bad
    assert sorted(learned.table(RETAIL.wide()), key=lambda row: row[-2:]) == sorted(lines, key=lambda row: row[-2:])
    [counted] = learned.platform.rows("select count(*) as n, sum(quantity * price) as spent from cleaned.retail")
    assert counted["n"] == len(lines)
    assert float(counted["spent"]) == pytest.approx(float(sum(line[3] * line[5] for line in lines)))


def test_features_are_those_of_plain_python(learned: Learned) -> None:
    found = learned.platform.rows("select customer_id, recency, frequency, rfm_score, named_segment from curated.customer_features")
    here = {each["customer_id"]: (each["recency"], each["frequency"], each["rfm_score"], each["named_segment"]) for each in found}
    assert here == {who: (each.recency, each.frequency, each.scores, each.name) for who, each in learned.customers().items()}


def test_every_customer_has_the_segment_that_scikit_learn_gives_here(learned: Learned) -> None:
    found = learned.platform.rows("select customer_id, segment, run_id, model_version from curated.customer_segments")
    mapping = {each["customer_id"]: each["segment"] for each in found}
    by_number = expected(learned.customers())
    assert mapping == by_number[max(mapping.values())]
    assert {each["model_version"] for each in found} == {1}
    assert {each["run_id"] for each in found} == {next(word for word in learned.said.split() if word.startswith("segments-"))}


def test_keyspaces_holds_the_same_mapping_and_its_sums(learned: Learned) -> None:
    mapping = {row[0]: row[1] for row in learned.table(MODEL.by_row())}
    found = learned.platform.rows("select customer_id, segment from curated.customer_segments")
    assert mapping == {each["customer_id"]: each["segment"] for each in found}
    assert {row[1]: row[2] for row in learned.table(MODEL.by_group())} == Counter(mapping.values())


def test_the_next_run_reads_nothing_again_and_compares_with_the_live_model(learned: Learned) -> None:
    learned.platform.mill("run", "segments")
    rows_of_run = learned.platform.rows(
        "select model_version, count(*) as n from curated.customer_segments group by model_version order by 1"
    )
    assert rows_of_run == [{"model_version": version, "n": len(learned.customers())} for version in (1, 2)]
    assert learned.platform.rows('select count(*) as n from "cleaned"."retail$snapshots"')[0]["n"] == 1
    said = learned.platform.mill("models")
    assert [line.split()[:2] for line in said.splitlines() if "segments-" in line] == [["2", "live"], ["1", "approved"]]
