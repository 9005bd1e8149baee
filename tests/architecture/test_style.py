"""Ruff and mypy as tests, and the words that must not stand in the project."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.sources import ROOT, python_files, text, tracked, tree

TYPED = ("app.py", "stacks", "lakemill", "glue_scripts", "cli", "local", "tools", "bench", "docs/site/commands.py")
LOCKS = (".lock", ".lock.toml", "package-lock.json")
FOREIGN = re.compile(r"(^|[^\w.])/(work|farm|root)/|files\.pythonhosted|registry\.npmjs|repo1?\.maven", re.MULTILINE)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name(command[0]))
    return subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True)


def test_ruff_finds_nothing() -> None:
    result = run("ruff", "check", ".")
    assert result.returncode == 0, result.stdout


def services(path: Path) -> set[str]:
    """The CDK's modules for services that a file imports."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.update(f"{node.module}.{each.name}" for each in node.names)
    return {found[0] for name in names if (found := re.match(r"aws_cdk\.aws_\w+", name))}


def test_mypy_reads_every_module_of_the_cdk_that_is_used_and_no_other() -> None:
    overrides = tomllib.loads(text(Path("pyproject.toml")))["tool"]["mypy"]["overrides"]
    [read] = (set(each["module"]) for each in overrides if each["follow_imports"] == "normal")
    used = {name for path in python_files(*TYPED) for name in services(path)}
    assert {name for name in read if name.startswith("aws_cdk.aws_")} == used, "pyproject.toml lists for mypy what stacks import"


def test_mypy_in_strict_mode_finds_nothing() -> None:
    result = run("mypy", *(name for name in TYPED if (ROOT / name).exists()))
    assert result.returncode == 0, result.stdout


def test_mypy_in_strict_mode_finds_nothing_in_functions() -> None:
    for path in python_files("lambda"):  # one by one: they share no package, and `lambda` could not be one
        program, settings = str(Path(sys.executable).with_name("mypy")), str(ROOT / "pyproject.toml")
        command = [program, "--config-file", settings, "--cache-dir", str(ROOT / ".mypy_cache"), path.name]
        result = subprocess.run(command, cwd=ROOT / path.parent, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout


def test_no_file_names_a_machine_or_a_registry() -> None:
    readable = [path for path in tracked() if not path.name.endswith(LOCKS) and path != Path(__file__).relative_to(ROOT)]
    assert [str(path) for path in readable if FOREIGN.search(text(path))] == []


def test_no_lock_holds_an_address() -> None:
    locks = [path for path in tracked() if path.name.endswith(LOCKS)]
    assert len(locks) >= 3
    assert [str(path) for path in locks if re.search(r"https?://", text(path))] == []
