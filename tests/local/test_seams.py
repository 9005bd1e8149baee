"""Every symbol of the emulator that the home replaces is the one it was written for; another one stops the start."""

import os
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from local.errors import HomeError
from local.seams import PINNED, installed, replace
from tests.local.conftest import ROOT

LIST = """
from pathlib import Path
from local import environment, seams
from local.folder import Folder
environment.prepare(Folder(Path({folder!r})), port=1, root={{"secret_access_key": "x"}})
from local import plugs
plugs.plug_in("AKIAEXAMPLE")
for seam in seams.replaced():
    print(seam.symbol, seam.signature)
from local.cloudformation import handlers, types
print("types", sorted(handlers.TABLE) == sorted([*types.REAL, *types.STORED_ONLY]), len(handlers.TABLE))
"""


def emulator() -> types.ModuleType:
    module = types.ModuleType("emulator")

    def handler(data: Any, more: int = 1) -> None: ...

    module.handler = handler  # type: ignore[attr-defined]
    return module


def test_the_installed_emulator_is_the_pinned_one() -> None:
    assert installed() == PINNED


def test_every_replaced_symbol_has_its_signature_and_every_resource_type_is_real_or_listed_as_stored(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", LIST.format(folder=str(tmp_path))], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr[-2000:]
    symbols = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("ministack.")]
    assert "ministack.core.iam_evaluator:enforce" in symbols
    assert "ministack.services.glue:_start_job_run" in symbols
    assert len(symbols) == len(set(symbols)), "two stand-ins replace the same symbol"
    assert "types True" in done.stdout, "a resource type is neither real nor stored only, or is gone from the emulator"


def test_a_replaced_symbol_gives_back_the_original() -> None:
    module = emulator()
    original = module.handler
    assert replace(module, "handler", expected="(data: Any, more: int = 1) -> None", by=print) is original
    assert module.handler is print


def test_a_changed_signature_is_refused_with_both_signatures_and_the_pinned_version() -> None:
    with pytest.raises(HomeError) as caught:
        replace(emulator(), "handler", expected="(data)", by=print)
    for part in ("emulator:handler", "expected (data)", "found (data: Any, more: int = 1) -> None", PINNED):
        assert part in str(caught.value)


def test_a_symbol_that_is_gone_is_refused() -> None:
    with pytest.raises(HomeError, match="emulator:other: no such function"):
        replace(emulator(), "other", expected="(data)", by=print)
