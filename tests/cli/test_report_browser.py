"""The report as a browser shows it: in Chromium where this machine has it. Elsewhere these tests say that they were skipped."""

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cli.report.make import made
from tests.browser import Page, chromium, program
from tests.cli.reported import known
from tests.looks import FAINT, FOCUSED, OUTSIDE, OVERLAPS, PAPER, TEXTS, WIDTH

LOOKS = [(1200, "light"), (1200, "dark"), (360, "light"), (360, "dark"), (800, "light")]
TOLD = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")

if not program():
    pytest.skip(
        "no Chromium on this machine: nobody looked at the report (install chromium, or name it in CHROMIUM)", allow_module_level=True
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    with chromium(program()) as page:
        yield page


@pytest.fixture(scope="module")
def report(browser: Page, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The report of the hostile platform, open."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(made(known()), encoding="utf-8")
    browser.events.clear()
    browser.open(path)
    return browser


def requests(page: Page) -> list[str]:
    return [told["request"]["url"] for told in page.told("Network.requestWillBeSent")]


def test_it_asks_for_nothing_but_itself_and_has_nothing_to_complain_about(report: Page) -> None:
    (own,) = requests(report)
    assert own.startswith("file://")
    assert own.endswith("/report.html")
    assert report.told(*TOLD) == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_it_fits_its_width_and_no_label_lies_upon_another(report: Page, width: int, scheme: str) -> None:
    report.look(width=width, scheme=scheme)
    assert report.value(WIDTH) == width
    assert report.value(OUTSIDE) == []
    assert report.value(OVERLAPS) == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_text_can_be_read(report: Page, width: int, scheme: str) -> None:
    report.look(width=width, scheme=scheme)
    assert report.value(TEXTS) > 500
    assert report.value(FAINT) == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_a_picture_of_it_can_be_taken(report: Page, width: int, scheme: str, tmp_path: Path) -> None:
    report.look(width=width, scheme=scheme)
    shot = report.picture(tmp_path / f"report-{width}-{scheme}.png")
    assert shot[:8] == b"\x89PNG\r\n\x1a\n"
    wide, high = struct.unpack(">II", shot[16:24])
    assert wide == width
    assert high > 2000
    assert len(shot) > 50_000


def test_the_paper_is_light_by_day_dark_by_night_and_white_in_print(report: Page) -> None:
    seen = {}
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        report.look(scheme=scheme, media=media)
        seen[scheme, media] = report.value(PAPER)
    assert list(seen.values()) == ["rgb(252, 251, 249)", "rgb(20, 23, 26)", "rgb(255, 255, 255)"]
    assert report.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert report.value(FAINT) == []


def test_who_does_not_see_it_finds_landmarks_headings_tables_and_a_sentence_for_each_picture(report: Page) -> None:
    report.look()
    nodes = [node for node in report.call("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    roles: dict[str, list[str]] = {}
    for node in nodes:
        roles.setdefault(str(node["role"]["value"]), []).append(str(node.get("name", {}).get("value", "")))
    assert {"banner", "main", "navigation", "contentinfo"} <= set(roles)
    assert len(roles["image"]) >= 3
    assert all(len(name) > 20 for name in roles["image"])
    assert all(roles["table"]), "each table has a name"
    assert all(roles["region"])
    levels = report.value("[...document.querySelectorAll('h1, h2, h3, h4')].map(each => Number(each.tagName[1]))")
    assert len(roles["heading"]) == len(levels)
    assert levels[:3] == [1, 2, 3]
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_keyboard_reaches_everything_that_can_be_used_and_shows_where_it_is(report: Page) -> None:
    report.look()
    wanted = report.value("document.querySelectorAll('a, summary').length")
    assert wanted >= 8
    report.value("window.focus(), document.activeElement.blur()")
    found: list[Any] = []
    for _ in range(wanted):
        for kind in ("keyDown", "keyUp"):
            report.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        found.append(report.value(FOCUSED))
    assert [tag for tag, _ in found].count("A") == report.value("document.querySelectorAll('a').length")
    assert all(visible for _, visible in found)
    assert found[-1][0] == "SUMMARY"
    report.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    report.call("Input.dispatchKeyEvent", type="keyUp", key="Enter", code="Enter", windowsVirtualKeyCode=13)
    assert report.value("document.activeElement.parentElement.open") is True


def test_opened_numbers_fit_a_phone(report: Page) -> None:
    report.value("document.querySelectorAll('details').forEach(each => each.open = true)")
    report.look(width=360)
    assert report.value(WIDTH) == 360
    assert report.value("[...document.querySelectorAll('.fold')].filter(each => each.scrollWidth > each.clientWidth).length") == 0


def test_a_bad_page_would_be_found_out(browser: Page, tmp_path: Path) -> None:
    """The same questions of a page with every fault."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><meta name=viewport content='width=device-width'><script>console.log(1); throw 2</script><img src='http://x.example/p.png'>"
        "<p style='color:#aaa;background:#fff'>faint</p><div style='width:900px'>wide</div>"
        "<p class=below><span style='position:absolute'>one</span><span style='position:absolute'>two</span></p>"
    )
    browser.events.clear()
    browser.look(width=360)
    browser.open(bad)
    assert "http://x.example/p.png" in requests(browser)
    assert {each for each in TOLD if browser.told(each)} == set(TOLD)
    assert [text for text, _ in browser.value(FAINT)] == ["faint"]
    assert browser.value(WIDTH) > 360
    assert "wide" in str(browser.value(OUTSIDE)) or browser.value("innerWidth") > 360
    assert browser.value(OVERLAPS) == ["one | two"]
