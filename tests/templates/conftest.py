"""The platform as templates: synthesized once per set of context values, never deployed."""

import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

import pytest

from tests.templates.beside import NAMES, ROOT, Variants
from tests.templates.reading import Platform
from tools.bundle import bundle

if TYPE_CHECKING:
    import aws_cdk as cdk

Synth = Callable[..., Platform]
BESIDE = pytest.StashKey[Variants]()


def pytest_configure(config: pytest.Config) -> None:
    """Starts to make most variants; dev and the others this process makes meanwhile."""
    bundle()
    if not config.option.collectonly:
        config.stash[BESIDE] = Variants.started()


def pytest_unconfigure(config: pytest.Config) -> None:
    if variants := config.stash.get(BESIDE, None):
        variants.end()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of this folder come in the order in which their variants are there."""
    places = [place for place, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    for place, item in zip(places, sorted((items[place] for place in places), key=_last_variant), strict=True):
        items[place] = item


def _last_variant(item: pytest.Item) -> int:
    """The place of the last variant that a test needs; -1 where it needs none."""
    parameters = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    needed = {*getattr(item, "fixturenames", ()), *(each for each in parameters if isinstance(each, str))}
    return max((place for place, name in enumerate(NAMES) if name in needed), default=-1)


@pytest.fixture(scope="session")
def cdk_context() -> Any:
    return json.loads((ROOT / "cdk.json").read_text())["context"]


@pytest.fixture(scope="session")
def app_of(tmp_path_factory: pytest.TempPathFactory) -> "Callable[..., cdk.App]":
    """An app that is built and not yet synthesized, with context values on top of those in cdk.json."""
    bundle()
    from tests.templates.variants import app_in  # the CDK takes a second to import, in which the other process can start

    return lambda **values: app_in(tmp_path_factory.mktemp("cdk.out"), **values)


@pytest.fixture(scope="session")
def synth(app_of: "Callable[..., cdk.App]") -> Synth:
    """The platform for context values such as env="prod", made once for each."""
    return cache(lambda **values: Platform.of(Path(app_of(**values).synth().directory)))


@pytest.fixture(scope="session")
def dev(synth: Synth) -> Platform:
    return synth()


@pytest.fixture(scope="session")
def variants(pytestconfig: pytest.Config) -> Variants:
    return pytestconfig.stash[BESIDE]


@pytest.fixture(scope="session")
def prod(variants: Variants) -> Platform:
    return variants.platform("prod")


@pytest.fixture(scope="session")
def erased(variants: Variants) -> Platform:
    return variants.platform("erased")


@pytest.fixture(scope="session")
def optional(variants: Variants) -> Platform:
    return variants.platform("optional")


@pytest.fixture(scope="session")
def serverless(variants: Variants) -> Platform:
    return variants.platform("serverless")


@pytest.fixture(scope="session")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return _made_here("extended", tmp_path_factory.mktemp("variants"))


@pytest.fixture(scope="session")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    return _made_here("elsewhere", tmp_path_factory.mktemp("variants"))


def _made_here(name: str, folder: Path) -> Platform:
    """A variant that is made while the other process makes those that more tests wait for."""
    from tests.templates import variants

    getattr(variants, name)(folder / name)
    return Platform.of(folder / name)


@pytest.fixture(params=["dev", "prod", "erased"])
def platform(request: pytest.FixtureRequest) -> Platform:
    """Every way the platform is deployed, one after the other."""
    found: Platform = request.getfixturevalue(request.param)
    return found
