"""One home for the flow tests, deployed by the unmodified CDK command line; or, with --home aws, a real account."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lakemill.samples import sample
from lakemill.samples.planted import Planted
from tests.flows.learned import LINES, Learned
from tests.flows.platform import ROOT, Platform, copied, deployed

REAL_CALLS = ROOT.parent / "shared" / "data" / "calls"
ROWS, FILES = 20_000, 6


@pytest.fixture(scope="session")
def where(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--home"))


@pytest.fixture(scope="session")
def platform(where: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A deployed, empty platform. Against AWS it must have been deployed before, and hold no calls yet."""
    with deployed(tmp_path_factory.mktemp("home") / "home", where=where) as platform:
        yield platform


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """Generated call files."""
    return sample("calls", tmp_path_factory.mktemp("calls"), rows=ROWS, files=FILES, seed=7)


@pytest.fixture(scope="session")
def carriers(tmp_path_factory: pytest.TempPathFactory) -> Planted:
    """The generated list of carriers."""
    return sample("carriers", tmp_path_factory.mktemp("carriers"), rows=0, files=1, seed=7)


@pytest.fixture(scope="session")
def ran(platform: Platform, planted: Planted, carriers: Planted) -> Platform:
    """The platform after `mill load` and `mill run` of the generated files."""
    platform.there("load", "calls", *planted.files)
    platform.there("load", "carriers", *carriers.files)
    (platform.home.parent / "run.out").write_text(platform.there("run", "calls"))
    return platform


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learned]:
    """A copy of the project, deployed into a home of its own, loaded and run."""
    folder = tmp_path_factory.mktemp("segments")
    project = copied(folder / "project")
    platform = Platform(folder / "home", project=project)
    planted = sample("retail", folder / "retail", rows=LINES, files=3, seed=5)
    try:
        platform.mill("up")
        platform.mill("load", "retail", *planted.files)
        yield Learned(platform, planted, platform.mill("run", "segments"))
    finally:
        platform.try_mill("down", "--erase", "--yes")


@pytest.fixture(scope="session")
def local_only(where: str) -> None:
    """For tests that change or destroy what is deployed."""
    if where != "local":
        pytest.skip("changes or destroys what is deployed: only at home")


@pytest.fixture
def real_files() -> list[Path]:
    """The 36 real monthly files, if this machine has them."""
    files = sorted(REAL_CALLS.glob("*.csv"))
    if not files:
        pytest.skip(f"no real call records in {REAL_CALLS}")
    return files


@pytest.fixture
def changed(ran: Platform, tmp_path: Path) -> Platform:
    """A copy of the project to change, which works against the same home. Whoever needs the real one there deploys it."""
    return replace(ran, project=copied(tmp_path / "project"))
