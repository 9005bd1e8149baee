"""What the fault tests share: the homes of the home's own tests, and a way to kill."""

import os
import signal

import pytest

from tests.local.conftest import Home, home, make_role, new_home

__all__ = ["home", "kill", "make_role", "new_home"]


def kill(home: Home) -> None:
    """End a home without a warning, and see that it is dead."""
    os.kill(home.process.pid, signal.SIGKILL)
    assert home.process.wait(10) == -signal.SIGKILL


def seeds(quick: int, *, all_of: int) -> list[object]:
    """So many seeds in `make test`, and all of them in `make test-faults`."""
    return [pytest.param(n, id=f"seed {n}", marks=[pytest.mark.slow] if n >= quick else []) for n in range(all_of)]
