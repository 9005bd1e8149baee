"""docs/parity.md lists exactly what the home only stores."""

import ast
import re
from pathlib import Path
from typing import Any

from tests.architecture.sources import text, tree

TYPES = Path("local/cloudformation/types.py")


def literal(name: str) -> Any:
    """A constant of the home's list of types; nothing imports the home."""
    (value,) = [node.value for node in tree(TYPES).body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name]
    return ast.literal_eval(value)


def rows(heading: str) -> list[tuple[str, ...]]:
    section = text(Path("docs/parity.md")).split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in re.findall(r"^\|.*\|$", section, re.MULTILINE)]
    return cells[2:]


def test_the_stored_types_are_those_of_the_code() -> None:
    assert rows("Resource types that are only stored") == list(literal("STORED_ONLY").items())


def test_the_stored_properties_are_those_of_the_code() -> None:
    expected = [(kind, name, meaning) for kind, properties in literal("STORED_PROPERTIES").items() for name, meaning in properties.items()]
    assert rows("Properties that are only stored") == expected
