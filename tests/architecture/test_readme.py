"""The README's links lead somewhere, and what they name is defined there."""

import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, text, tracked

LINK = re.compile(r"\[([^\]]+)\]\(([^)#]+)\)")
DOCUMENTS = [path for path in tracked() if path.suffix == ".md"]
LINKS = [(document, said, target) for document in DOCUMENTS for said, target in LINK.findall(text(document)) if "://" not in target]


@pytest.mark.parametrize(("document", "said", "target"), LINKS)
def test_a_link_leads_to_a_file_that_holds_what_it_names(document: Path, said: str, target: str) -> None:
    path = (ROOT / document).parent / target
    assert path.exists()
    for name in re.findall(r"`(\w+)`", said):
        assert path.stem == name or re.search(rf"\b(def |class )?{name}\b", path.read_text()), f"{name} is not in {target}"


def test_the_record_can_be_followed_through_nine_files() -> None:
    section = text(Path("README.md")).split("## Follow one record")[1].split("##")[0]
    assert len(LINK.findall(section)) == 9
