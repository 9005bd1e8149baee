"""Size budgets: rooms stay small enough to read. They only ever go down."""

import ast
from pathlib import Path
from statistics import median

import pytest

from tests.architecture.sources import functions, python_files, text

ROOMS = ("app.py", "stacks", "lakemill", "lambda", "glue_scripts", "training", "streaming", "cli", "local", "tools", "bench")
CODE = tuple(python_files(*ROOMS))
TESTS = tuple(python_files("tests"))


def lines(path: Path) -> int:
    return len(text(path).splitlines())


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    documented = function.body[0] if ast.get_docstring(function) else None
    spent = (documented.end_lineno or 0) - documented.lineno + 1 if documented else 0
    return (function.end_lineno or 0) - function.lineno + 1 - spent


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    named = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([each for each in named if each.arg not in ("self", "cls", "scope", "construct_id")])


def too_long(limit: int, *paths: Path) -> list[str]:
    return [f"{path}: {lines(path)} lines" for path in paths if lines(path) > limit]


def test_no_file_is_longer_than_250_lines_and_the_median_is_at_most_90() -> None:
    assert too_long(250, *CODE) == []
    assert median(lines(path) for path in CODE) <= 90


def test_no_test_file_is_longer_than_400_lines() -> None:
    assert too_long(400, *TESTS) == []


def test_no_function_is_longer_than_50_lines_and_the_median_is_at_most_10() -> None:
    sizes = {f"{path}:{function.lineno} {function.name}": length(function) for path in CODE for function in functions(path)}
    assert {name: size for name, size in sizes.items() if size > 50} == {}
    assert median(sizes.values()) <= 10


def test_a_constructor_of_a_stack_or_part_composes_in_at_most_40_lines() -> None:
    sizes = {
        f"{path}:{each.lineno}": length(each) for path in python_files("stacks") for each in functions(path) if each.name == "__init__"
    }
    assert {name: size for name, size in sizes.items() if size > 40} == {}


def test_the_composition_root_has_at_most_60_lines() -> None:
    assert lines(Path("app.py")) <= 60


@pytest.mark.parametrize("path", CODE, ids=str)
def test_no_function_takes_more_than_5_parameters(path: Path) -> None:
    assert [f"{each.name}: {parameters(each)}" for each in functions(path) if parameters(each) > 5] == []
