"""Another model on the same platform, declared as docs/guide/model.md shows: its mapping is in SQL, in Keyspaces and on the screen."""

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


@pytest.fixture(scope="module")
def shelves(learned: Learned) -> Model:
    """The guide's model, after its first run."""
    project = learned.platform.project
    for block in blocks(PAGE):
        if block.title:
            file = project / block.title
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text)
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
