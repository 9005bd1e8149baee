"""A model is a declaration: what it gives, and what it refuses."""

from dataclasses import replace

import pytest

from lakemill import models
from lakemill.declare import DeclarationError
from lakemill.learning import Gate

SEGMENTS = models.model("segments")


def test_the_projects_own_model_gives_its_tables() -> None:
    by_row, by_group = SEGMENTS.by_row(), SEGMENTS.by_group()
    assert (by_row.name, by_row.key) == ("customer_segments", ("customer_id", "run_id"))
    assert (by_group.name, by_group.key) == ("segment_runs", ("run_id", "segment"))
    assert {"mean_recency", "mean_frequency", "mean_monetary", "size"} <= set(by_group.columns)
    assert {each.name for each in models.wide_tables()} == {"online_retail", "loads", "refused_lines", "customer_segments", "segment_runs"}
    assert [each.name for each in models.sources()] == ["retail"]


def test_another_model_is_a_few_lines() -> None:
    baskets = replace(
        SEGMENTS,
        name="baskets",
        features=("frequency", "monetary"),
        metrics={"loss": "loss=([0-9.]+)"},
        gate=Gate(metric="loss"),
        group="kind",
        answers={"customer_id": "string", "kind": "string"},
        mapping="customer_kinds",
        runs="kind_runs",
    )
    assert list(baskets.by_row().columns) == ["customer_id", "kind", "run_id", "model_version", "mapped_at"]
    assert "mean_recency" not in baskets.by_group().columns
    assert baskets.by_group().columns["kind"] == "text", "groups may have names instead of numbers"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Segments"}, "use lower case letters"),
        ({"source": "curated.customer_features"}, "must be the name of a table in sql/features"),
        ({"features": ()}, "it needs features"),
        ({"features": ("recency", "recency")}, "none of them twice"),
        ({"gate": Gate(metric="rmse")}, "its gate asks for 'rmse'; its metrics are silhouette"),
        ({"answers": {"segment": "int"}}, "must begin with customer_id"),
        ({"answers": {"customer_id": "string"}}, "and hold segment"),
        ({"answers": {"customer_id": "string", "segment": "decimal"}}, "have type decimal; allowed is one of string, int"),
        ({"answers": {"customer_id": "string", "segment": "double"}}, "parts of keys"),
        ({"metrics": {"silhouette": "silhouette="}}, "must have one group"),
    ],
)
def test_a_declaration_that_cannot_work_is_told(change: dict, said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        replace(SEGMENTS, **change)


def test_an_unknown_model_is_answered_with_the_declared_ones() -> None:
    with pytest.raises(DeclarationError, match="no model 'nobody'; declared are segments"):
        models.model("nobody")


@pytest.mark.parametrize(("table", "whose"), [("customer_segments", "model 'segments'"), ("online_retail", "dataset 'retail'")])
def test_a_table_has_one_owner(table: str, whose: str) -> None:
    other = replace(SEGMENTS, name="other", mapping=table, runs="other_runs")
    with pytest.raises(DeclarationError, match=f"table '{table}' is taken by {whose}"):
        models._refuse_shared({"segments": SEGMENTS, "other": other})
