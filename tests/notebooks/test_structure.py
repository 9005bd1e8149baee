"""What every notebook keeps: small, without outputs, free of places and passwords, and it imports what its room may."""

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT, text, tracked

NOTEBOOKS = [path for path in tracked() if path.suffix == ".ipynb"]
ALLOWED = {"boto3", "lakemill", "matplotlib", "numpy", "pandas", "sagemaker"}
PLACES = ("localhost", "127.0.0.1", "ministack", "endpoint_url", "endpoint-url", "aws_endpoint", "localstack")
PASSWORDS = ("password", "secret", "access_key", "plaintextauth", "pickle", "joblib", "allow_pickle=true")
ABSOLUTE = re.compile(r"""["'(]/(?!opt/ml/|aws/sagemaker/)\w""")
LARGEST = 25


def cells(path: Path, kind: str = "") -> list[dict[str, Any]]:
    """A notebook's cells, or those of a kind."""
    return [cell for cell in json.loads(text(path))["cells"] if kind in ("", cell["cell_type"])]


def code(path: Path) -> str:
    return "\n".join("".join(cell["source"]) for cell in cells(path, "code"))


def imported(path: Path) -> set[str]:
    """The top packages that a notebook imports."""
    nodes = list(ast.walk(ast.parse(code(path))))
    plain = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module).split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}


def test_there_is_a_notebook() -> None:
    assert Path("notebooks/customer_segments.ipynb") in NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_cells_stand_without_outputs(path: Path) -> None:
    assert [cell["source"][:1] for cell in cells(path, "code") if cell["outputs"] or cell["execution_count"]] == []
    assert set(json.loads(text(path))["metadata"]) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_it_is_small_and_explains_itself(path: Path) -> None:
    assert len(cells(path)) <= LARGEST
    kinds = [cell["cell_type"] for cell in cells(path)]
    assert kinds[0] == "markdown"
    assert kinds.count("markdown") >= kinds.count("code") - 2
    assert all(len(cell["source"]) <= 32 for cell in cells(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_what_one_changes_first_stands_in_the_first_code_cell(path: Path) -> None:
    first, *others = cells(path, "code")
    assert first["metadata"]["tags"] == ["parameters"]
    parameters = re.findall(r"^([A-Z_]+) = .+  # ", "".join(first["source"]), re.MULTILINE)
    assert {"ENV", "SEGMENTS", "KEEP_ROWS"} == set(parameters)
    assert [cell for cell in others if cell["metadata"]] == []
    assert "environ" not in "".join("".join(cell["source"]) for cell in others)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_it_knows_neither_its_home_nor_a_password_nor_this_machine(path: Path) -> None:
    said = text(path).lower()
    assert [word for word in PLACES if word in said] == []
    assert [word for word in PASSWORDS if word in code(path).lower()] == []
    assert ABSOLUTE.findall(code(path)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_it_imports_what_its_requirements_bring_and_files_of_the_project(path: Path) -> None:
    beside = {each.stem for each in (ROOT / "training" / "segments").glob("*.py")}
    assert imported(path) - set(sys.stdlib_module_names) - ALLOWED - beside == set()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=str)
def test_its_links_lead_to_files(path: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", "".join("".join(cell["source"]) for cell in cells(path, "markdown")))
    assert links
    assert [link for link in links if not (ROOT / path.parent / link).exists()] == []
