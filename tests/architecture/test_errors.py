"""Every error of the command line says what to do next: types ask for the advice, and this asks that it is some."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import python_files, tree


def problems(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
            yield node


@pytest.mark.parametrize("path", [path for path in python_files("cli") if list(problems(path))], ids=str)
def test_every_problem_comes_with_advice(path: Path) -> None:
    for call in problems(path):
        assert len(call.args) == 2, f"{path}:{call.lineno}"
        advice = call.args[1]
        assert not isinstance(advice, ast.Constant) or len(str(advice.value).split()) >= 2, f"{path}:{call.lineno}"


def test_problems_are_found() -> None:
    assert sum(len(list(problems(path))) for path in python_files("cli")) > 30


def test_no_command_ends_in_silence() -> None:
    """An exit code of its own is for commands that have told everything already."""
    ends = {
        str(path)
        for path in python_files("cli")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("Exit", "Abort", "exit")
    }
    assert ends == {"cli/app.py", "cli/cdk.py", "cli/doctor/command.py", "cli/run.py"}
