"""The project's own files, as the architecture tests see them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOYED = ("lakemill", "glue_scripts", "lambda", "training", "streaming", "sql")


@cache
def tracked() -> tuple[Path, ...]:
    """Files that git tracks or would track, relative to the root, that exist."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(path for name in sorted(set(listed)) if (ROOT / (path := Path(name))).is_file())


def python_files(*rooms: str) -> Iterator[Path]:
    """Python files of these rooms (top folders, or app.py), or of all of them."""
    for path in tracked():
        if path.suffix == ".py" and (not rooms or path.parts[0] in rooms):
            yield path


def text(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Names of the top packages a file imports."""
    nodes = tree(path).body if top_level_only else ast.walk(tree(path))
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found
