"""The docs site: Sphinx over the pages as they stand, so that GitHub and the site show the same. `make docs` builds it into .local/site."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

HERE = Path(__file__).resolve().parent
MERMAID = HERE.parents[1] / ".local/docs/node_modules/@mermaid-js/tiny"

project = "Lakemill"
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["README.md", "docs/**.md", "local/README.md"]
exclude_patterns = [".*", "**/.*", "node_modules", "cdk.out", "**/__pycache__"]

myst_heading_anchors = 3  # as GitHub names them
myst_fence_as_directive = ["mermaid"]

suppress_warnings = ["misc.highlighting_failure"]  # {cleaned} in the SQL of a curated table is not SQL

html_theme = "furo"
html_title = "Lakemill"
html_static_path = ["static", str(MERMAID)]  # Mermaid with its licence
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_search_summary = False  # it would fetch pages, which no browser allows in files
html_theme_options = {"top_of_page_buttons": []}

# The pages beside the text, in the order a newcomer needs them; a new page of docs/ joins by itself.
TREES = {
    "README": {
        "Make it yours": ["docs/guide/README", "docs/notebook"],
        "Look up": ["docs/commands", "docs/diagrams", "docs/parity", "docs/benchmarks", "docs/dependencies", "local/README"],
        "Why it is so": ["docs/decisions/README", "docs/acceptance"],
    },
    "docs/guide/README": {"": ["docs/guide/dataset", "docs/guide/curated-table", "docs/guide/flow", "docs/guide/model"]},
}
LANGUAGES = {".py": "python", ".sql": "sql", ".yml": "yaml", ".css": "css", ".json": "json", ".toml": "toml"}
TITLED = re.compile(r"^```(\w+) title=(\S+)( edit)?$", re.MULTILINE)


class Mermaid(SphinxDirective):
    """A diagram, which the browser draws; without scripts its text is shown."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """The text where mermaid.js looks for it."""
        return [nodes.literal_block("", "\n".join(self.content), classes=["mermaid"], language="none")]


def with_trees(app: Any, page: str, source: list[str]) -> None:
    """Files in the text get their names shown, and pages that lead to others a table of contents."""
    source[0] = TITLED.sub(_captioned, source[0])
    listed = {page: {caption: list(entries) for caption, entries in trees.items()} for page, trees in TREES.items()}
    known = {root_doc, *(entry for trees in listed.values() for entries in trees.values() for entry in entries)}
    decisions = {each for each in app.env.found_docs if each.startswith("docs/decisions/")}
    listed["docs/decisions/README"] = {"": sorted(decisions - known)}
    listed["README"]["More"] = sorted(app.env.found_docs - decisions - known)
    for caption, entries in listed.get(page, {}).items():
        named = f":caption: {caption}\n" if caption else ""
        lines = "\n".join(f"/{each}" for each in entries)
        source[0] += f"\n\n```{{toctree}}\n:hidden:\n{named}\n{lines}\n```\n" if entries else ""


def _captioned(fence: re.Match[str]) -> str:
    language = "text" if fence[1] == "csv" else fence[1]
    return f"```{{code-block}} {language}\n:caption: {fence[2]}{', only this' if fence[3] else ''}\n"


def to_sources(app: Any, tree: nodes.document) -> None:
    """A link to a file of the project leads to a page that shows it."""
    shown = app.env.metadata.setdefault("shown", {})
    page = app.env.docname
    for link in list(tree.findall(addnodes.download_reference)):
        file = (Path(app.srcdir) / page).parent.joinpath(link["reftarget"]).resolve().relative_to(app.srcdir)
        shown[str(file)] = page
        target = app.builder.get_relative_uri(page, "README").replace("README.html", f"source/{file}.html")
        link.replace_self(nodes.reference("", "", *link.children, refuri=target, internal=True))


def source_pages(app: Any) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each file of the project that a page leads to."""
    for file in app.env.metadata.get("shown", {}):
        text = (Path(app.srcdir) / file).read_text()
        body = app.builder.highlighter.highlight_block(text, LANGUAGES.get(Path(file).suffix, "text"), linenos=False)
        yield f"source/{file}", {"title": file, "body": f"<h1>{file}</h1>{body}"}, "page.html"


def only_where_drawn(app: Any, _page: str, _template: str, _context: dict[str, Any], tree: nodes.document | None) -> None:
    """The three megabytes of mermaid.js only on pages with diagrams."""
    if tree is not None and any("mermaid" in each["classes"] for each in tree.findall(nodes.literal_block)):
        app.add_js_file("dist/mermaid.tiny.js")
        app.add_js_file("diagrams.js")


def finished(app: Any, error: Exception | None) -> None:
    """The start page also under the name that browsers look for."""
    if error is None:
        shutil.copy(Path(app.outdir) / "README.html", Path(app.outdir) / "index.html")


def setup(app: Any) -> None:
    """What Sphinx calls."""
    app.add_directive("mermaid", Mermaid)
    app.connect("source-read", with_trees)
    app.connect("doctree-read", to_sources, priority=100)  # before Sphinx copies the files as downloads
    app.connect("html-collect-pages", source_pages)
    app.connect("html-page-context", only_where_drawn)
    app.connect("build-finished", finished)
