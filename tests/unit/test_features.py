"""The table that a model learns from is one SQL file; what Athena could not make, or must not read, is told before anything runs."""

from dataclasses import replace

import pytest

from lakemill import curated, features, models
from lakemill.curated import Curated
from lakemill.declare import DeclarationError

MODEL = models.model("segments")


def table(
    *, name: str = "customer_features", source: str = "cleaned.retail", key: str = "customer_id", more: str = ""
) -> dict[str, Curated]:
    zone, read = source.split(".")
    header = f"-- description: d\n-- sources: {source}\n-- key: {key}\n{more}"
    return {name: curated.parse(name, text=f"{header}select {key} from {{{zone}}}.{read}", folder=features.FOLDER)}


def test_every_model_has_its_table() -> None:
    for model in models.declared().values():
        made = features.of(model)
        assert (made.name, made.key) == (model.source, (model.id,))
        assert all(name in made.sql for name in model.features)


def test_a_table_may_read_what_spark_made_for_it() -> None:
    assert features.of(MODEL, defined=table(source="curated.hourly_traffic")).sources == ("curated.hourly_traffic",)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "other"}, r"learns from 'customer_features': write its SQL as sql/features/customer_features.sql; there are other"),
        ({"key": "country"}, r"sql/features/customer_features.sql: the key is country; model 'segments' has a row per customer_id"),
        ({"more": "-- partitions: country\n"}, r"it has neither partitions nor charts; take those lines out of the header"),
        ({"source": "cleaned.nothing"}, r"no source cleaned.nothing; there are cleaned.calls, cleaned.carriers, cleaned.retail, curated"),
        ({"source": "curated.customer_features"}, r"no source curated.customer_features"),
        (
            {"source": "cleaned.calls"},
            r"cleaned.calls holds personal data \(translated_calling_number, .*where they are hashed, and read that",
        ),
    ],
)
def test_what_cannot_work_is_told_with_its_file(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        features.of(MODEL, defined=table(**wrong))


def test_spark_and_athena_do_not_make_the_same_table() -> None:
    with pytest.raises(DeclarationError, match=r"curated/hourly_traffic\.sql makes that table; choose another name"):
        features.of(replace(MODEL, source="hourly_traffic"), defined=table(name="hourly_traffic"))


def test_a_flow_curates_where_tables_of_spark_depend_on_its_dataset() -> None:
    assert not features.curates("retail")
    assert features.curates("calls")
    assert features.curates(
        "retail",
        defined=[curated.parse("t", text="-- description: d\n-- sources: cleaned.retail\n-- key: a\nselect a from {cleaned}.retail")],
    )
