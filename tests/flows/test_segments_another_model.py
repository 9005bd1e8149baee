"""Another model on the same platform, declared as docs/guide/model.md shows: its mapping is in SQL, in Keyspaces and on the screen."""

import re
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from lakemill.learning import Model
from tests.flows.learned import Learned
from tests.flows.platform import ROOT
from tests.guide.pages import blocks

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_only")]

PAGE = ROOT / "docs" / "guide" / "model.md"
FEATURES, COUNTRIES = "sql/features/product_features.sql", "sql/curated/countries.sql"
BY_COUNTRY = """\
-- description: Lines by country
-- sources: cleaned.retail
-- key: country
select country, count(*) as lines from {cleaned}.retail group by country
"""
SHOWN = "select stock_code, invoices, pieces from curated.product_features order by 1"


@pytest.fixture(scope="module")
def shelves(learned: Learned) -> Model:
    """The guide's model, after its first run."""
    project = learned.platform.project
    for block in blocks(PAGE):
        if block.title:
            file = project / block.title
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text)
    (project / COUNTRIES).write_text(BY_COUNTRY)
    learned.platform.mill("up", "--deploy")
    learned.platform.mill("run", "shelves")
    return declared(project / "lakemill/models/shelves.py")


def declared(file: Path) -> Model:
    """The model that a file declares."""
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    model: Model = module.MODEL
    return model


def mapping(learned: Learned) -> dict[str, str]:
    found = learned.platform.rows("select stock_code, shelf from curated.product_shelves")
    return {each["stock_code"]: each["shelf"] for each in found}


def test_every_product_that_was_sold_has_a_shelf_by_how_it_sells(learned: Learned, shelves: Model) -> None:
    sold = learned.platform.rows("select stock_code, invoices, pieces from curated.product_features")
    found = mapping(learned)
    assert set(found) == {each["stock_code"] for each in sold}
    size = {each["stock_code"]: (1 + each["invoices"]) * (1 + each["pieces"]) for each in sold}
    on = {shelf: [size[code] for code, its in found.items() if its == shelf] for shelf in ("back", "middle", "front")}
    assert max(on["back"]) <= min(on["middle"])
    assert max(on["middle"]) <= min(on["front"])


def test_keyspaces_holds_its_mapping_and_the_sums_of_its_run(learned: Learned, shelves: Model) -> None:
    found = mapping(learned)
    assert {row[0]: row[1] for row in learned.table(shelves.by_row())} == found
    assert {row[1]: row[2] for row in learned.table(shelves.by_group())} == Counter(found.values())


def test_the_screen_shows_its_groups_and_its_version_beside_the_others(learned: Learned, shelves: Model) -> None:
    said = learned.platform.mill("show", "shelves")
    shown = {line.split()[0]: int(line.split()[1].replace(",", "")) for line in said.splitlines() if "█" in line}
    assert shown == Counter(mapping(learned).values())
    versions = learned.platform.mill("models")
    assert "shelves-" in versions
    assert "segments-" in versions


def test_a_curated_table_of_its_dataset_is_made_in_its_flow(learned: Learned, shelves: Model) -> None:
    [found] = learned.platform.rows("select sum(lines) as lines from curated.countries")
    assert found["lines"] == len(learned.lines())


def test_features_in_which_two_rows_share_a_key_are_not_published(learned: Learned, shelves: Model) -> None:
    before, file = learned.platform.rows(SHOWN), learned.platform.project / FEATURES
    good = file.read_text()
    file.write_text(good.replace("group by stock_code", "group by stock_code, country"))
    learned.platform.mill("up", "--deploy")
    ended = learned.platform.try_mill("run", "shelves")
    assert ended.returncode == 1
    assert re.search(r"Nothing was trained: \d+ rows of product_features have the stock_code of another", " ".join(ended.stderr.split()))
    assert learned.platform.rows(SHOWN) == before
    assert tables(learned) >= {"product_features", "customer_features"}
    assert not [name for name in tables(learned) if "_features_" in name], "a run's own table is left in the catalog"
    file.write_text(good)
    learned.platform.mill("up", "--deploy")


def test_a_new_column_of_features_is_there_after_the_next_run_and_a_night_takes_nothing_of_them(learned: Learned, shelves: Model) -> None:
    before, file = learned.platform.rows(SHOWN), learned.platform.project / FEATURES
    file.write_text(file.read_text().replace(" as pieces", " as pieces, max(price) as dearest"))
    learned.platform.mill("up", "--deploy")
    learned.platform.mill("run", "shelves")
    learned.platform.mill("run", "maintenance")
    assert learned.platform.rows(SHOWN) == before
    [found] = learned.platform.rows("select max(dearest) as dearest from curated.product_features")
    assert float(found["dearest"]) == float(max(line[5] for line in learned.lines() if line[3] > 0))


def tables(learned: Learned) -> set[str]:
    """The curated tables that the catalog knows."""
    pages = learned.platform.client("glue", root=True).get_paginator("get_tables").paginate(DatabaseName="lakemill_dev_curated")
    return {each["Name"] for page in pages for each in page["TableList"]}
