"""From a file to a customer's segment at home: rows in Keyspaces, features, a trained model, and the mapping in SQL and in Keyspaces."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans

from tests.flows.learned import LINES, MODEL, RETAIL, Learned
from tests.rfm import Customer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_only")]


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


def test_a_model_that_is_worse_than_the_live_one_is_not_promoted_and_the_mapping_stays(learned: Learned) -> None:
    sagemaker = learned.platform.client("sagemaker", root=True)
    group = "lakemill-dev-segments"
    newest = sagemaker.list_model_packages(ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending")
    known = sagemaker.describe_model_package(ModelPackageName=newest["ModelPackageSummaryList"][0]["ModelPackageArn"])
    sagemaker.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification=known["InferenceSpecification"],
        ModelApprovalStatus="Approved",
        CustomerMetadataProperties={"silhouette": "0.99"},
    )
    before = learned.platform.rows("select count(*) as n, max(run_id) as run from curated.customer_segments")
    ended = learned.platform.try_mill("run", "segments")
    assert ended.returncode == 1
    assert "The new model was not promoted: its silhouette is 0." in ended.stderr
    assert "and 0.94 is the least" in ended.stderr
    assert learned.platform.rows("select count(*) as n, max(run_id) as run from curated.customer_segments") == before
    states = [line.split()[1] for line in learned.platform.mill("models").splitlines() if "segments-" in line]
    assert states[0] == "not"
