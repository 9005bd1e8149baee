"""docs/diagrams.md shows the templates as they are."""

from tests.templates.reading import Platform
from tools.diagrams import PAGE, page


def test_the_page_is_drawn_from_the_present_templates(prod: Platform) -> None:
    assert PAGE.read_text() == page(prod.folder), "draw it anew: make diagrams"
