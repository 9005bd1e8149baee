"""Every model of the platform: one module each, which holds `MODEL`. A new file here, with training/<name>, is a new model."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from lakemill import datasets
from lakemill.declare import DeclarationError
from lakemill.learning import Model
from lakemill.wide import LOADS, REFUSED, WideDataset, WideTable


@cache
def declared() -> Mapping[str, Model]:
    """All models by name, in alphabetical order of their modules."""
    found: dict[str, Model] = {}
    for module in sorted(info.name for info in iter_modules(__path__)):
        model = import_module(f"{__name__}.{module}").MODEL
        if model.name != module:
            raise DeclarationError(f"lakemill/models/{module}.py declares {model.name!r}: name file and model alike")
        if model.dataset not in datasets.wide():
            raise DeclarationError(f"model {model.name!r}: {model.dataset!r} is no dataset in Keyspaces; there are {list(datasets.wide())}")
        if model.name in datasets.by_flow():
            raise DeclarationError(f"model {model.name!r}: a flow of files has that name; choose another")
        found[model.name] = model
    _refuse_shared(found)
    return MappingProxyType(found)


def _refuse_shared(found: Mapping[str, Model]) -> None:
    """DeclarationError if a table would hold what two models or datasets say."""
    taken = {each.table: f"dataset {name!r}" for name, each in datasets.wide().items()} | {each.name: "loads" for each in (LOADS, REFUSED)}
    for name, model in found.items():
        for table in (model.mapping, model.runs):
            if table in taken:
                raise DeclarationError(f"model {name!r}: table {table!r} is taken by {taken[table]}; choose another")
            taken[table] = f"model {name!r}"


def model(name: str) -> Model:
    """The model of that name; DeclarationError names the declared ones if there is none."""
    try:
        return declared()[name]
    except KeyError:
        raise DeclarationError(f"no model {name!r}; declared are {', '.join(declared())}") from None


def sources() -> tuple[WideDataset, ...]:
    """The datasets in Keyspaces that models learn from."""
    return tuple(datasets.wide()[name] for name in dict.fromkeys(each.dataset for each in declared().values()))


def wide_tables() -> tuple[WideTable, ...]:
    """Every table of the keyspace: datasets, what is remembered of their loads, and what models say."""
    said = [table for each in declared().values() for table in (each.by_row(), each.by_group())]
    return (*(each.wide() for each in datasets.wide().values()), LOADS, REFUSED, *said)
