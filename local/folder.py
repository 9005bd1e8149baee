"""The folder of a home: everything it keeps, and the lock that lets one home run in it.

`home.json` stands only while the home is up and tells others how to reach it. `root.json` (for bootstrap), `keys.json`
(of the deployer and the user) and `port` stay. The emulator's own state is in `state/` and `s3/`.
"""

import contextlib
import fcntl
import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from local.errors import HomeError

MOST_LOG = 20_000_000
# The field that says how far a stack, an execution or a run is, and whether it is still going on.
CUT: dict[str, Callable[[str], bool]] = {
    "StackStatus": lambda status: status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS",
    "status": lambda status: status == "RUNNING",
    "JobRunState": lambda state: state in ("STARTING", "RUNNING", "STOPPING"),
    "TrainingJobStatus": lambda status: status in ("InProgress", "Stopping"),
    "TransformJobStatus": lambda status: status in ("InProgress", "Stopping"),
}


class Folder:
    """The files of one home."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.home = self.path / "home.json"
        self.root = self.path / "root.json"
        self.keys = self.path / "keys.json"
        self.log = self.path / "home.log"
        self.state = self.path / "state"
        self.objects = self.path / "s3"
        self.temporary = self.path / "tmp"
        self.engines = self.path / "engines"
        self.up = self.path / "up"
        self.killed = False
        self._lock: IO[str] | None = None
        for made in (self.path, self.state, self.objects, self.temporary, self.engines):
            made.mkdir(parents=True, exist_ok=True)

    def lock(self) -> None:
        """Hold the folder for this process. Raises HomeError naming the process that holds it."""
        held = (self.path / "lock").open("a+")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise HomeError(f"a home runs in {self.path} already, as process {held.read().strip()}: use it, or end it first") from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        self._lock = held
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()
        self.killed = self.up.exists()
        self.up.touch()
        self.home.unlink(missing_ok=True)

    def port(self) -> int:
        """The port of the last time if it is free, else another one; remembered."""
        kept = self.path / "port"
        wanted = [int(kept.read_text())] if kept.exists() else []
        for candidate in (*wanted, 0):
            with contextlib.suppress(OSError), socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", candidate))
                found = int(probe.getsockname()[1])
                kept.write_text(str(found))
                return found
        raise HomeError("no free port on 127.0.0.1")

    def open_log(self) -> IO[str]:
        """The log, started anew beside the last one when it has grown large."""
        if self.log.exists() and self.log.stat().st_size > MOST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        return self.log.open("a")


def read_private(path: Path) -> dict[str, Any]:
    """A JSON file of ours; empty if absent."""
    return dict(json.loads(path.read_text())) if path.exists() else {}


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write JSON for the owner's eyes only, whole or not at all."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    new.replace(path)
