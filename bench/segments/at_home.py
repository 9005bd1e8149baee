"""A home of its own with the flow `segments` deployed, and the file whose lines are measured with."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.clean.generated import FOLDER, emptied
from bench.measure import ROOT
from cli import home as local_home
from cli.clients import At, local
from cli.platform import Platform, open_platform
from lakemill.samples import sample

LINES = 541_909  # as many as the public data has
UNTRACKED = (".git", ".venv", "node_modules", ".local", "cdk.out", "__pycache__", ".*_cache")
INSTALLED = (".venv", "node_modules", ".local/engines", ".local/cache")


@dataclass(frozen=True)
class Shop:
    """A deployed platform, the project that it was deployed from, and a file of retail's lines."""

    platform: Platform
    project: Path
    file: Path

    def mill(self, *arguments: str | Path) -> str:
        """One command, and what it said; a failure ends the bench with its output."""
        command = [sys.executable, "-m", "cli", *map(str, arguments)]
        ended = subprocess.run(command, cwd=self.project, capture_output=True, text=True, check=False)
        if ended.returncode:
            sys.exit(f"mill {' '.join(map(str, arguments))}: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
        return ended.stdout

    def loaded(self) -> None:
        """Load the file, unless it was."""
        self.mill("load", "retail", self.file)

    def root(self, service: str) -> Any:
        """A client by the home's root key."""
        return local(local_home.required(), local_home.root_keys())(service)


def generated() -> Path:
    """A file of generated lines."""
    folder = FOLDER / f"retail-{LINES}"
    if not folder.exists():
        half = emptied("retail-half")
        sample("retail", half, rows=LINES, files=1, seed=1)
        half.rename(folder)
    return next(folder.iterdir())


@contextmanager
def shop(file: Path) -> Iterator[Shop]:
    """A new home with everything deployed, which ends and is erased with the block."""
    folder = emptied("segments")
    project = folder / "project"
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*UNTRACKED))
    for name in INSTALLED:
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).symlink_to(ROOT / name)
    settings = json.loads((project / "cdk.json").read_text())
    settings["context"]["environments"]["dev"]["segments"] = True
    (project / "cdk.json").write_text(json.dumps(settings))
    os.environ.update(LAKEMILL_HOME=str(folder / "home"), CDK_VALIDATION="false", PYTHONPATH=str(project))
    subprocess.run([sys.executable, "-m", "cli", "up"], cwd=project, check=True, capture_output=True)
    try:
        yield Shop(open_platform(env="dev", at=At.LOCAL), project, file)
    finally:
        subprocess.run([sys.executable, "-m", "cli", "down", "--erase", "--yes"], cwd=project, check=False, capture_output=True)
