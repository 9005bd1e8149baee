"""Every dataset of the platform: one module each, which holds `DATASET`. A new file here is a new dataset."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from traceback import extract_tb
from types import MappingProxyType

from lakemill.declare import Dataset, DeclarationError
from lakemill.wide import WideDataset


@cache
def declared() -> Mapping[str, Dataset]:
    """All datasets by name, in alphabetical order of their modules."""
    found: dict[str, Dataset] = {}
    for module in sorted(info.name for info in iter_modules(__path__)):
        dataset = _read(module)
        if dataset.name != module:
            raise DeclarationError(f"lakemill/datasets/{module}.py declares {dataset.name!r}: name file and dataset alike")
        found[dataset.name] = dataset
    return MappingProxyType(found)


def _read(module: str) -> Dataset:
    """The dataset of one file; DeclarationError names file, line and reason if Python cannot make it."""
    file = f"lakemill/datasets/{module}.py"
    try:
        found = import_module(f"{__name__}.{module}").DATASET
    except Exception as error:
        lines = [each.lineno for each in extract_tb(error.__traceback__) if each.filename.endswith(f"/{module}.py")]
        raise DeclarationError(f"{file}{f', line {lines[-1]}' if lines else ''}: {error}") from error
    if not isinstance(found, Dataset):
        raise DeclarationError(f"{file}: DATASET is no Dataset(…), but {found!r}")
    return found


def dataset(name: str) -> Dataset:
    """The dataset of that name; DeclarationError names the declared ones if there is none."""
    try:
        return declared()[name]
    except KeyError:
        raise DeclarationError(f"no dataset {name!r}; declared are {', '.join(declared())}") from None


def of_files() -> Mapping[str, Dataset]:
    """The datasets that arrive as files in the raw zone, by name."""
    return MappingProxyType({name: each for name, each in declared().items() if not isinstance(each, WideDataset)})


def wide() -> Mapping[str, WideDataset]:
    """The datasets that are kept in Keyspaces, by name."""
    return MappingProxyType({name: each for name, each in declared().items() if isinstance(each, WideDataset)})


def by_flow() -> Mapping[str, tuple[Dataset, ...]]:
    """The datasets of files that each flow refreshes, by the flow's name."""
    flows: dict[str, tuple[Dataset, ...]] = {}
    for each in of_files().values():
        flows[each.flow_name] = (*flows.get(each.flow_name, ()), each)
    return MappingProxyType(flows)
