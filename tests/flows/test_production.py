"""Production beside development in one account: real files, and data that outlives its stacks."""

from pathlib import Path

import pytest

from lakemill.samples.planted import Planted
from stacks.stage import ORDER
from tests.flows.oracle import Oracle
from tests.flows.platform import Platform
from tests.flows.questions import HOURLY, OUR_HOURLY, OUTCOMES, THEIR_OUTCOMES

pytestmark = pytest.mark.usefixtures("local_only")


@pytest.fixture(scope="module")
def production(ran: Platform) -> Platform:
    """The same home, with the stacks of prod beside those of dev."""
    ran.deploy("-c", "env=prod")
    return ran.of("prod")


def test_the_36_real_files_give_duckdbs_answers(production: Platform, real_files: list[Path], carriers: Planted) -> None:
    production.there("load", "calls", *real_files)
    production.there("load", "carriers", *carriers.files)
    production.there("run", "calls")
    oracle = Oracle(real_files)
    assert production.value("select count(*) from cleaned.calls") == oracle.value("select count(*) from calls") == 72_000
    hours = oracle.rows(HOURLY)
    assert production.rows(OUR_HOURLY) == hours
    assert production.rows(OUTCOMES) == oracle.rows(THEIR_OUTCOMES)


def test_production_destroyed_without_the_keys_keeps_its_data(production: Platform, planted: Planted) -> None:
    production.there("load", "calls", planted.files[0])
    raw = production.output("storage", "RawBucket")
    before = production.keys(raw)
    production.destroy("-c", "env=prod")
    assert f"calls/{planted.files[0].name}" in before
    assert production.keys(raw) == before
    assert production.stacks("-prod-") == []
    assert len(production.stacks("-dev-")) == len(ORDER)
