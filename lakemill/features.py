"""Tables that models learn from: one SQL file each, which Athena runs in the flow of the model, between export and training.

They are curated tables with a header like the others (lakemill/curated.py), in Athena's SQL, and made within seconds: no Spark starts.
"""

from collections.abc import Iterable, Mapping

from lakemill import curated, datasets
from lakemill.curated import Curated
from lakemill.declare import DeclarationError
from lakemill.learning import Model

FOLDER = "sql/features"


def tables() -> Mapping[str, Curated]:
    """All feature tables by name."""
    return curated.tables(FOLDER)


def of(model: Model, *, defined: Mapping[str, Curated] | None = None) -> Curated:
    """The table that a model learns from. DeclarationError if there is none, or Athena cannot make it."""
    known = tables() if defined is None else defined
    if model.source not in known:
        raise DeclarationError(
            f"model {model.name!r} learns from {model.source!r}: write its SQL as {FOLDER}/{model.source}.sql; there are {', '.join(known)}"
        )
    table, spark = known[model.source], curated.tables()
    if table.name in spark:
        raise DeclarationError(f"{table.file}: {spark[table.name].file} makes that table; choose another name")
    if table.key != (model.id,):
        raise DeclarationError(f"{table.file}: the key is {', '.join(table.key)}; model {model.name!r} has a row per {model.id}")
    if table.partitions or table.charts:
        raise DeclarationError(f"{table.file}: it has neither partitions nor charts; take those lines out of the header")
    curated.check_known(table, known=[*(f"cleaned.{name}" for name in datasets.declared()), *(each.table for each in spark.values())])
    _refuse_personal(table)
    return table


def _refuse_personal(table: Curated) -> None:
    for zone, name in (source.split(".") for source in table.sources):
        if zone == "cleaned" and (personal := [each.name for each in datasets.dataset(name).columns if each.pii]):
            raise DeclarationError(
                f"{table.file}: cleaned.{name} holds personal data ({', '.join(personal)}): write a table in "
                f"{curated.FOLDER} that reads it, where they are hashed, and read that one"
            )


def curates(dataset: str, *, defined: Iterable[Curated] | None = None) -> bool:
    """Whether curated tables of Spark depend on a dataset."""
    ordered = curated.in_order(curated.tables().values() if defined is None else defined, datasets=list(datasets.declared()))
    return bool(curated.depending_on(ordered, datasets=[dataset]))
