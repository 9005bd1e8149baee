"""What a page shows can never become part of its markup, and nothing on it fetches or runs anything."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.report.html import h, page
from cli.report.make import made
from tests.cli.reported import HOSTILE, PHONE, known

VOID = {"meta", "link", "br", "hr", "input"}


class Seen(HTMLParser):
    """What a browser would see: tags, attributes and text; ends must fit their starts."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.values: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.opened: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@settings(max_examples=40, deadline=None)
@given(st.text(), st.text())
def test_any_text_comes_back_as_text_and_any_attribute_as_attribute(text: str, attribute: str) -> None:
    document = page(h("html", h("head"), h("body", h("p", text, title=attribute))), style="")
    seen = Seen(document)
    assert seen.tags == ["html", "head", "style", "body", "p"]
    assert [name for name, _ in seen.values] == ["title"]
    assert seen.opened == []
    printable = "".join(seen.text).strip("\n")
    assert printable == "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def test_a_surrogate_and_a_control_character_can_be_written_as_utf_8() -> None:
    assert b"\\ud800\\x1b" in page(h("html", h("head"), h("body", "\ud800\x1b")), style="").encode()


@pytest.mark.parametrize("tag", ["script", "SCRIPT", "iframe", "img", "foreignObject", "form"])
def test_elements_that_run_or_fetch_are_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="a report has no"):
        h(tag)


@pytest.mark.parametrize("attribute", [{"onclick": "x"}, {"href": "https://x.example"}, {"href": "javascript:x"}, {"src": "x.png"}])
def test_attributes_that_run_or_fetch_are_refused(attribute: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="a report fetches and runs nothing"):
        h("a", "x", **attribute)


def test_a_style_cannot_end_itself() -> None:
    with pytest.raises(ValueError, match="no end tag"):
        page(h("html", h("head")), style="</style>")


def test_a_whole_page_of_hostile_words_is_words() -> None:
    document = made(known())
    seen = Seen(document)
    assert seen.opened == []
    assert {"script", "img", "iframe", "object"}.isdisjoint(seen.tags)
    assert not [name for name, _ in seen.values if name.startswith("on")]
    assert {value for name, value in seen.values if name in ("href", "src")} == {
        "data:,",
        "#flows",
        "#rows",
        "#charts",
        "#refused",
        "#tables",
        "#cost",
    }
    assert "http" not in {value.partition(":")[0] for _, value in seen.values}
    assert "".join(seen.text).count("<script>alert(1)</script>") >= 6, "it is shown as it is, so that people see what they have"
    assert HOSTILE not in document
    assert "\u202e" not in document
    assert PHONE not in document


def test_the_policy_of_the_page_lets_nothing_run_and_nothing_in() -> None:
    policy = dict(Seen(made(known())).values)["content"]
    policies = [value for name, value in Seen(made(known())).values if name == "content" and "default-src" in value]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"]
    assert "script-src" not in policy
