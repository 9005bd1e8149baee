"""The library of the jobs: the same bytes for the same sources, made only when they changed."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.bundle import library


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (
        "lakemill/__init__.py",
        "lakemill/datasets/calls.py",
        "lakemill/notes.txt",
        "sql/curated/hourly.sql",
        "sql/athena/other.sql",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def test_it_holds_the_library_and_the_sql_of_curated_tables_at_its_root(project: Path) -> None:
    assert zipfile.ZipFile(library(project)).namelist() == ["lakemill/__init__.py", "lakemill/datasets/calls.py", "sql/curated/hourly.sql"]


def test_equal_sources_give_equal_bytes_whatever_their_dates_and_modes(project: Path) -> None:
    first = library(project).read_bytes()
    (project / "lakemill/__init__.py").chmod(0o755)
    (project / ".local/assets/glue.inputs").unlink()
    (project / "lakemill/__init__.py").touch()
    assert library(project).read_bytes() == first


def test_it_is_not_made_again_without_a_change(project: Path) -> None:
    made = library(project)
    made.write_bytes(b"as it was")
    assert library(project).read_bytes() == b"as it was"


@pytest.mark.parametrize("change", ["edit", "add", "remove", "rename"])
def test_it_is_made_again_after_a_change(project: Path, change: str) -> None:
    before, calls = library(project).read_bytes(), project / "lakemill/datasets/calls.py"
    changes: dict[str, Callable[[], object]] = {
        "edit": lambda: calls.write_text("more"),
        "add": lambda: (project / "lakemill/more.py").write_text(""),
        "remove": calls.unlink,
        "rename": lambda: calls.rename(calls.with_name("calls2.py")),
    }
    changes[change]()
    assert library(project).read_bytes() != before


def test_the_projects_own_library_can_be_imported_from_its_zip() -> None:
    names = zipfile.ZipFile(library()).namelist()
    assert {"lakemill/__init__.py", "lakemill/datasets/calls.py", "sql/curated/hourly_traffic.sql"} <= set(names)
