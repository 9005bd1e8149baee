"""Interpreters that can import no more than the service they stand for offers.

On AWS a job or a function finds what its service installed and what was deployed with it. The home runs in an
environment that holds far more (the home itself, the CDK, DuckDB), and a process that borrowed it would find a
forgotten dependency here and miss it on AWS. So each service gets an environment of its own, of links only: the wanted
packages and what these require, as their metadata says. What is deployed with the code comes by PYTHONPATH.
"""

import re
import sysconfig
import tempfile
import venv
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from local.errors import HomeError

_NAME = re.compile(r"[\w.-]+")
_OPTIONAL = re.compile(r"\bextra\s*==")


@cache
def interpreter(*packages: str) -> Path:
    """A Python that imports the standard library, `packages`, and what these require: nothing else of this environment.

    Give it to a process as its executable (`interpreter("boto3")`), with PYTHONPATH naming the deployed code alone. It is
    made once per home and set of packages, in the home's temporary folder, in about 20 ms. Raises HomeError if a package is missing.
    """
    folder = Path(tempfile.mkdtemp(prefix="python-"))
    venv.create(folder, symlinks=True)
    site_packages = _site_packages(folder)
    for found in _with_requirements(packages):
        for part in _top_level(found):
            link = site_packages / part
            if not link.exists():
                link.symlink_to(Path(str(found.locate_file(part))))
    return folder / "bin" / "python"


def library(*packages: str) -> Path:
    """The folder of links to `packages` and what these require, for a process whose executable is chosen by others."""
    return _site_packages(interpreter(*packages).parents[1])


def _site_packages(folder: Path) -> Path:
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))


def _with_requirements(packages: tuple[str, ...]) -> list[Distribution]:
    found: dict[str, Distribution] = {}
    wanted = list(packages)
    while wanted:
        name = _canonical(wanted.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError as error:
            if name in map(_canonical, packages):
                raise HomeError(f"{name} is not installed: run `make setup`") from error
            continue  # required on another platform or version only
        wanted += _required(found[name])
    return list(found.values())


def _required(found: Distribution) -> Iterator[str]:
    for line in found.requires or []:
        requirement, _, marker = line.partition(";")
        name = _NAME.match(requirement.strip())
        if name and not _OPTIONAL.search(marker):
            yield name[0]


def _top_level(found: Distribution) -> list[str]:
    """The names that a package puts into site-packages; not its scripts, which lie elsewhere."""
    names = {file.parts[0] for file in found.files or []}
    return sorted(names - {"..", "__pycache__", "/"})


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
