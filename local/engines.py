"""The engines' processes. The home starts each in a group of its own, and ends the groups it started, by id, with itself."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from local.errors import HomeError
from local.leftovers import begin_of

GRACE = 3.0
AT_ONCE = 2
# A job has two gigabytes. One more than a laptop bears waits as STARTING, as a run waits on AWS for its workers.
places = threading.BoundedSemaphore(AT_ONCE)
ending = threading.Event()  # set when the home ends its engines: who would start one again leaves it

_running: dict[int, subprocess.Popen[bytes]] = {}
_lock = threading.Lock()


def start(
    command: list[str], *, environment: dict[str, str], folder: Path, merged: bool = False, passed: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start `command` in a new process group, without standard input. Its output and errors come by pipes, or by one if `merged`.

    `passed` are open files that the process inherits under their numbers.
    """
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        start_new_session=True,
        pass_fds=passed,
    )
    with _lock:
        _running[process.pid] = process
    _note(process.pid).write_text(begin_of(process.pid))
    return process


def finished(process: subprocess.Popen[bytes]) -> None:
    """Forget a process that has ended."""
    with _lock:
        _running.pop(process.pid, None)
    _note(process.pid).unlink(missing_ok=True)


def stop(process: subprocess.Popen[bytes], *, grace: float = GRACE) -> None:
    """End a process and all it started: a request first, then by force."""
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    _signal(process, signal.SIGKILL)


def stop_all() -> None:
    """End every engine, in at most `GRACE` seconds."""
    ending.set()
    with _lock:
        processes = list(_running.values())
    for process in processes:
        _signal(process, signal.SIGTERM)
    until = time.monotonic() + GRACE
    while time.monotonic() < until and any(p.poll() is None for p in processes):
        time.sleep(0.05)
    for process in processes:
        _signal(process, signal.SIGKILL)
        _note(process.pid).unlink(missing_ok=True)


def _note(process: int) -> Path:
    """Where it stands that a process group is this home's, for the next home if this one is killed (`leftovers.py`)."""
    return Path(os.environ["HOME_ENGINE_NOTES"]) / str(process)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if os.getpgrp() == process.pid:
        raise HomeError(f"process {process.pid} is not in a group of its own")
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
