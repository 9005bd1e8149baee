"""Seeded sample files that look like the real ones, with planted effects and planted faults."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from lakemill.declare import DeclarationError
from lakemill.samples import calls, carriers, retail
from lakemill.samples.planted import Generator, Planted

GENERATORS: Mapping[str, Generator] = MappingProxyType({"calls": calls.write, "carriers": carriers.write, "retail": retail.write})


def sample(dataset_name: str, folder: Path, *, rows: int, files: int, seed: int) -> Planted:
    """Write sample files of the dataset into the folder and return what they hold.

    The same arguments give the same bytes. `rows` and `files` are ignored by reference lists, which have a fixed length.
    DeclarationError if the dataset has no generator.
    """
    if dataset_name not in GENERATORS:
        raise DeclarationError(f"no sample generator for {dataset_name!r}; there are {', '.join(GENERATORS)}: add one in lakemill/samples/")
    folder.mkdir(parents=True, exist_ok=True)
    return GENERATORS[dataset_name](folder, rows=rows, files=files, seed=seed)
