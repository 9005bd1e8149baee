"""Installing and cleaning up, as far as it can be seen without downloading everything again."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

MADE = (".venv", "node_modules", ".local", "cdk.out", ".mypy_cache", ".ruff_cache", ".hypothesis", "stacks/__pycache__")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project folder in which nothing is installed."""
    for name in ("Makefile", "requirements.txt", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "--no-print-directory", *arguments], cwd=folder, capture_output=True, text=True)


def test_without_python_3_11_setup_says_so_in_one_line(clone: Path) -> None:
    ended = make(clone, "setup", "PYTHON=")
    assert ended.returncode != 0
    assert ended.stdout == "Lakemill needs Python 3.11 as python3.11 or python3: install it and run make again.\n"
    assert not (clone / ".venv").exists()


def test_without_the_venv_module_setup_names_the_package_to_install(clone: Path) -> None:
    python = clone / "python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    ended = make(clone, "setup", f"PYTHON={python}")
    assert ended.returncode != 0
    assert ended.stdout.startswith("Python 3.11 lacks its venv module")
    assert "python3.11-venv" in ended.stdout
    assert not (clone / ".venv").exists()


def test_what_cannot_be_installed_is_told_with_what_to_do(clone: Path) -> None:
    python = clone / "python"
    failing = "mkdir -p .venv/bin; printf '#!/bin/sh\\nexit 1\\n' > .venv/bin/python; chmod +x .venv/bin/python"
    python.write_text(f'#!/bin/sh\n[ "$2" = venv ] || exit 0\n{failing}\n')
    python.chmod(0o755)
    ended = make(clone, "setup", f"PYTHON={python}")
    assert ended.returncode != 0
    assert "could not be installed" in ended.stdout
    assert "run make again" in ended.stdout.splitlines()[-1]


def test_clean_removes_everything_installed_or_made(clone: Path) -> None:
    before = sorted(path.name for path in clone.iterdir())
    for name in MADE:
        (clone / name).mkdir(parents=True)
        (clone / name / "file").touch()
    ended = make(clone, "clean")
    assert ended.returncode == 0
    assert sorted(path.name for path in clone.rglob("*") if path.is_file()) == before


def test_the_projects_own_tools_come_before_the_machines(clone: Path) -> None:
    (clone / "show.mk").write_text("include Makefile\nshow:\n\t@echo $$PATH\n")
    path = make(clone, "-f", "show.mk", "show").stdout.split(":")
    assert path[:2] == [str(clone / ".venv/bin"), str(clone / "node_modules/.bin")]


def test_two_settings_up_in_different_folders_share_no_cache(clone: Path) -> None:
    (clone / "show.mk").write_text("include Makefile\nshow:\n\t@env\n")
    said = dict(line.split("=", 1) for line in make(clone, "-f", "show.mk", "show").stdout.splitlines() if "=" in line)
    caches = ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "JSII_RUNTIME_PACKAGE_CACHE_ROOT", "CDK_HOME")
    assert [name for name in caches if not said[name].startswith(str(clone / ".local"))] == []


@pytest.mark.parametrize("target", ["test", "test-faults"])
@pytest.mark.parametrize("code", [0, 2])
def test_ci_runs_either_half_of_the_tests_and_ends_as_it_does(tmp_path: Path, target: str, code: int) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    for name, lines in {"make": f'echo "$1" >> ran\nexit {code}\n', "chromium": ""}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{lines}")
        (tmp_path / name).chmod(0o755)
    which = [] if target == "test" else [target]
    ended = subprocess.run(
        [tmp_path / ".ci/run", *which], env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}, cwd=tmp_path, check=False
    )
    assert (ended.returncode, (tmp_path / "ran").read_text().split()) == (code, [target])
