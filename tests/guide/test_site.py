"""The docs site: built without a warning, whole without a network, drawn and searched in Chromium where this machine has it."""

import runpy
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Page, chromium, program
from tests.looks import WIDTH

ROOT = Path(__file__).resolve().parents[2]
TOLD = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
FINISHED = """new Promise(done => {
  const look = () => /finished/.test(document.querySelector('#search-results').innerText) ? done(null) : setTimeout(look, 20);
  look();
})"""
PAGES = ("index", "docs/guide/dataset", "docs/commands", "docs/diagrams", "docs/benchmarks", "docs/acceptance", "source/cli/load.py")


def test_the_page_of_commands_is_written_from_the_present_commands() -> None:
    written = runpy.run_path(str(ROOT / "docs/site/commands.py"))
    assert (ROOT / "docs/commands.md").read_text() == written["page"](), "make docs writes it anew"


@pytest.fixture(scope="module")
def site() -> Path:
    built = subprocess.run(["make", "--no-print-directory", "docs"], cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return ROOT / ".local/site"


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    if not program():
        pytest.skip("no Chromium on this machine: nobody looked at the docs site (install chromium, or name it in CHROMIUM)")
    with chromium(program()) as page:
        yield page


def shown(browser: Page, page: Path, *, width: int = 1200, scheme: str = "light") -> None:
    browser.events.clear()
    browser.look(width=width, scheme=scheme)
    browser.open(page)
    browser.value("typeof drawn === 'undefined' ? null : drawn.then(() => null)")


@pytest.mark.slow
def test_every_page_of_the_project_is_in_the_site(site: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "docs/*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert len(tracked) > 30
    assert [each for each in tracked if not (site / each).with_suffix(".html").exists()] == []


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (360, "dark")])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_for_nothing_outside_complains_of_nothing_and_fits(
    site: Path, browser: Page, page: str, width: int, scheme: str
) -> None:
    shown(browser, site / f"{page}.html", width=width, scheme=scheme)
    asked = [told["request"]["url"] for told in browser.told("Network.requestWillBeSent")]
    assert len(asked) > 3
    assert [url for url in asked if not url.startswith((site.as_uri(), "data:"))] == []
    assert browser.told(*TOLD) == []
    assert browser.value(WIDTH) == width


@pytest.mark.slow
def test_diagrams_are_drawn_by_day_and_by_night(site: Path, browser: Page) -> None:
    texts = []
    for scheme in ("light", "dark"):
        shown(browser, site / "docs/diagrams.html", scheme=scheme)
        assert browser.value("document.querySelectorAll('.mermaid svg[role=img]').length") == 3
        texts.append(browser.value("document.querySelector('.mermaid svg').outerHTML"))
    assert all("storage" in each for each in texts)
    assert texts[0] != texts[1]


@pytest.mark.slow
def test_search_finds_pages_without_a_server(site: Path, browser: Page) -> None:
    browser.events.clear()
    browser.call("Page.navigate", url=f"{(site / 'search.html').as_uri()}?q=quarantine")
    while not browser.told("Page.loadEventFired"):
        browser.value("new Promise(done => setTimeout(done, 20))")
    browser.value(FINISHED)
    found = browser.value("[...document.querySelectorAll('#search-results li a')].map(each => each.innerText)")
    assert "A dataset: from your CSV file to SQL" in found
    assert browser.told(*TOLD) == []


@pytest.mark.slow
def test_a_link_that_leads_nowhere_fails_the_build(site: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    ignored = shutil.ignore_patterns(".git", ".venv", "node_modules", ".local", "cdk.out", "tests", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, project, ignore=ignored)
    (project / ".local").mkdir()
    (project / ".local/docs").symlink_to(ROOT / ".local/docs")
    with (project / "README.md").open("a") as page:
        page.write("\n[page](docs/no-such-page.md) [heading](docs/parity.md#no-such-heading)\n")
    [command] = [line.split("&& ")[1] for line in (ROOT / "Makefile").read_text().splitlines() if "-m sphinx" in line]
    built = subprocess.run(command, shell=True, cwd=project, capture_output=True, text=True)
    assert built.returncode != 0
    assert "no-such-page" in built.stderr
    assert "no-such-heading" in built.stderr
