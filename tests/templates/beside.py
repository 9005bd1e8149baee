"""Variants of the platform that a process of its own synthesizes while tests are collected and run.

A synthesis mostly waits: Python for the CDK's process, and that for Python. Two such pairs have room beside each other on two cores.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.templates.reading import Platform

ROOT = Path(__file__).parents[2]
NAMES = ("prod", "erased", "optional", "serverless")  # as tests/templates/variants.py makes them, in this order
PATIENCE = 600  # seconds for one variant, on a machine that does much else


@dataclass(frozen=True)
class Variants:
    """The process that makes all variants, one after the other; each is whole once its folder has its name."""

    folder: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def started(cls) -> "Variants":
        folder = Path(tempfile.mkdtemp(prefix="variants-"))
        command = [sys.executable, "-m", "tests.templates.variants", str(folder)]
        with (folder / "said").open("wb") as said:
            return cls(folder, subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT))

    def platform(self, name: str) -> Platform:
        """A variant, as soon as it is there. AssertionError with what went wrong if it could not be made."""
        made, error, until = self.folder / name, self.folder / f"{name}.error", time.monotonic() + PATIENCE
        while not made.exists():
            assert not error.exists(), error.read_text()
            ended = self.process.poll() is not None and not made.exists() and not error.exists()
            assert not ended, f"{name} was not made: {(self.folder / 'said').read_text()}"
            assert time.monotonic() < until, f"{name} was not made within {PATIENCE} s"
            time.sleep(0.01)
        return Platform.of(made)

    def end(self) -> None:
        """Tests that need no variant may end before the process does."""
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)
