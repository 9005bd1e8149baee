"""Options and environment of all tests."""

import os
import sys
from pathlib import Path

import pytest

_FIRST = ("flows", "jobs", "local", "templates")

# The project's own node, java and cdk come before the machine's, also when pytest is started by hand.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.pop("AWS_CA_BUNDLE", None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--home", choices=("local", "aws"), default="local", help="where the flow tests run (aws: a deployed, empty platform)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one folder share a home, a Spark session or an assembly, so they stay together; the longest folders start first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
    items.sort(key=lambda item: _FIRST.index(item.path.parent.name) if item.path.parent.name in _FIRST else len(_FIRST))
