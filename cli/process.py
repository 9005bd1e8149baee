"""The home's process: started apart from this one, watched until it is ready, ended by its id."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cli import environment, home
from cli.problem import Problem

_PATIENCE = 90  # seconds until ready, and until ended
_TAIL = 12


def start() -> home.Home:
    """Start the home's process in a session of its own and wait until it answers; a Problem with its log's end if it dies."""
    folder = home.folder()
    log = folder / "home.log"
    with _opened(log) as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "--folder", str(folder)],
            cwd=home.ROOT,
            env=environment.of_the_home(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        return _ready(process, log)
    except BaseException:
        process.terminate()  # nobody would know of a home that is half up
        raise


def _opened(log: Path) -> BinaryIO:
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        return log.open("ab")
    except OSError as error:
        raise Problem(f"{log.parent} cannot be the home's folder: {error.strerror}", "Name another: export LAKEMILL_HOME=FOLDER") from None


def stop(pid: int) -> None:
    """Ask the home's process to save and end, and wait until it has."""
    os.kill(pid, signal.SIGTERM)
    if not _until(lambda: not home.alive(pid)):
        raise Problem(f"the home (process {pid}) still saves its state after {_PATIENCE} s", f"Look into {home.folder() / 'home.log'}")


def tail(log: Path, *, lines: int = _TAIL) -> str:
    """The last lines of a log, indented to stand below a message; empty without a log."""
    try:
        text = log.read_text(errors="replace")
    except FileNotFoundError:
        return ""
    return "".join(f"\n  {line}" for line in text.rstrip().splitlines()[-lines:])


def _ready(process: subprocess.Popen[bytes], log: Path) -> home.Home:
    ready = _until(lambda: process.poll() is not None or home.running() is not None)
    found = home.running()
    if ready and found:
        return found
    if process.poll() is None:
        raise Problem(f"the home was not ready after {_PATIENCE} s. It said:{tail(log)}", f"Try again: mill up. Its log: {log}")
    said = f"the home ended while starting (exit code {process.returncode}). It said:{tail(log)}"
    raise Problem(said, f"Mend that, or start anew without what it keeps: mill down --erase, mill up. Its log: {log}")


def _until(happened: Callable[[], bool]) -> bool:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.05)
    return False
