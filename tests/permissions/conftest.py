"""A platform at home that has done everything its roles are for, with IAM's decisions recorded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lakemill.samples import sample
from tests.flows.platform import Platform, deployed
from tests.permissions.recorded import Recorded


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A deployed platform that holds nothing, in a home that records from its first moment."""
    home = tmp_path_factory.mktemp("permissions") / "home"
    home.mkdir()
    (home / "decisions.jsonl").touch()
    with deployed(home) as platform:
        yield platform


@pytest.fixture(scope="session")
def recorded(fresh: Platform, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The platform after two runs of each flow that changed tables, one of maintenance, and some that were stopped while a job ran."""
    record = Recorded(fresh)
    for seed, rows in ((7, 60), (8, 30)):
        folder = tmp_path_factory.mktemp("calls")
        fresh.mill("load", "calls", *renamed(sample("calls", folder, rows=rows, files=1, seed=seed).files, seed=seed))
        if seed == 7:
            fresh.mill("load", "carriers", *sample("carriers", folder, rows=0, files=1, seed=seed).files)
        fresh.mill("run", "calls")
    fresh.mill("run", "maintenance")
    record.crawl_new_folders()
    for job in ("CleanJob", "CurateJob"):
        record.stop_while("glue:GetJobRun", on=job, flow="Calls")
    fresh.mill("load", "retail", *sample("retail", tmp_path_factory.mktemp("retail"), rows=1200, files=1, seed=5).files)
    fresh.mill("run", "segments")
    record.run("Segments", given={"again": True})
    record.stop_while("sagemaker:DescribeTrainingJob", on="training-job", flow="Segments", stops="sagemaker:StopTrainingJob")
    record.close()
    return record


@pytest.fixture(scope="session")
def recorded_prod(recorded: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Production beside it, whose clocks have struck once, and a file that arrived."""
    recorded.platform.deploy("-c", "env=prod")
    record = Recorded(recorded.platform.of("prod"))
    files = sample("calls", tmp_path_factory.mktemp("arriving"), rows=20, files=1, seed=5).files
    record.collect_at_once()
    record.put_into_folders()
    record.platform.there("load", "calls", *files)
    record.until(lambda line: line["action"] == "logs:PutLogEvents" and "ArrivalRole" in line["caller"])
    record.ring()
    for role in ("CallsClockRole", "MaintenanceClockRole"):
        record.until(lambda line, role=role: line["action"] == "states:StartExecution" and role in line["caller"])  # type: ignore[misc]
    for dataset in ("calls", "carriers"):
        record.until(lambda line, name=dataset: line["action"] == "glue:StartCrawler" and line["resource"].endswith(f"prod-{name}"))  # type: ignore[misc]
    record.stop_all()
    record.close()
    return record


def renamed(files: tuple[Path, ...], *, seed: int) -> list[Path]:
    """The same files under names that no other run has used."""
    return [path.rename(path.with_stem(f"{path.stem}-{seed}")) for path in files]
