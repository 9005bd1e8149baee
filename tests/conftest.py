"""Options and environment of all tests."""

import gc
import os
import sys
from pathlib import Path

import pytest

# The project's own node, java and cdk come before the machine's, also when pytest is started by hand.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.pop("AWS_CA_BUNDLE", None)
# Jobs of a few thousand rows end before code that Java's second compiler makes could pay for its making (decision 0034).
os.environ.setdefault("HOME_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
# Modules are compiled once, not in every process that a test starts, also where the machine wants no bytecode. `make clean` removes it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Tests make many objects and little garbage; to look for it at every 700 of them costs more than what it finds.
gc.set_threshold(50_000, 20, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--home", choices=("local", "aws"), default="local", help="where the flow tests run (aws: a deployed, empty platform)")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Lets an example take as long as a busy machine makes it."""
    if "hypothesis" in sys.modules:
        from hypothesis import settings

        settings.register_profile("any machine", deadline=None)
        settings.load_profile("any machine")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leaves hypothesis out where no test used it: its plugin would import all of it, a second long, only to report nothing."""
    plugin = session.config.pluginmanager.get_plugin("hypothesispytest")
    if plugin and "hypothesis" not in sys.modules:
        session.config.pluginmanager.unregister(plugin)
