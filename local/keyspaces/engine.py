"""Cassandra as a process of the home: started when the first keyspace is made or found, restarted if it dies, ended with the home."""

import json
import logging
import os
import secrets
import socket
import subprocess
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

from local import engines
from local.errors import HomeError
from local.folder import write_private
from local.keyspaces import cassandra, desk

START_SECONDS = 180
MOST_RESTARTS = 5
log = logging.getLogger("home.keyspaces")

_lock = threading.RLock()
_secret = secrets.token_urlsafe(30)
_running: dict[str, Any] = {}


def ensure() -> cassandra.Place:
    """Start Cassandra unless it runs, wait until it answers, and say where. Raises HomeError if it cannot."""
    with _lock:
        if "place" not in _running:
            if engines.ending.is_set():
                raise HomeError("the home is ending, so Cassandra is not started any more")
            _start()
        return _running["place"]  # type: ignore[no-any-return]


def folder() -> Path:
    """Where Cassandra keeps everything, below the home's folder."""
    return Path(os.environ["STATE_DIR"]).parent / "keyspaces"


def untold() -> None:
    """Take away what a killed home has left: a file that says where Cassandra answers."""
    (folder().parent / cassandra.TOLD).unlink(missing_ok=True)


def variables() -> dict[str, str]:
    """The environment variables by which a program finds Cassandra, which answers then."""
    place = ensure()
    return {"LAKEMILL_KEYSPACES_ENDPOINT": f"127.0.0.1:{place.port}", "LAKEMILL_KEYSPACES_CA": str(place.authority)}


def ask(question: str, **asked: Any) -> dict[str, Any]:
    """Ask Cassandra's shim something. Raises ValueError with Cassandra's own words if it refuses."""
    place = ensure()
    request = urllib.request.Request(
        f"http://127.0.0.1:{place.control.read_text()}/{question}", data=json.dumps(asked).encode(), headers={"Authorization": _secret}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - always this machine
        found = dict(json.load(answer))
    if found.get("refusal"):
        raise ValueError(found["refusal"])
    return found


def _start() -> None:
    began = time.monotonic()
    place, start = cassandra.prepare(folder(), desk=desk.opened(_secret), secret=_secret)
    place.control.unlink(missing_ok=True)
    process = engines.start(start.command, environment=start.environment, folder=place.folder, merged=True)
    threading.Thread(target=_drain, args=(process, place.folder / "console.log"), daemon=True).start()
    _await(process, place, until=began + START_SECONDS)
    _running.update(place=place, process=process)
    write_private(place.told, {"endpoint": f"127.0.0.1:{place.port}", "ca": str(place.authority), "pid": process.pid})
    threading.Thread(target=_watch, args=(process, place), name="keyspaces-watch", daemon=True).start()
    log.info("Cassandra answers at 127.0.0.1:%s after %.1f s (process %s)", place.port, time.monotonic() - began, process.pid)


def _await(process: subprocess.Popen[bytes], place: cassandra.Place, *, until: float) -> None:
    while time.monotonic() < until and process.poll() is None:
        if place.control.exists():
            try:
                socket.create_connection(("127.0.0.1", place.port), timeout=1).close()
            except OSError:
                pass
            else:
                return
        time.sleep(0.05)
    ended = process.poll()
    engines.stop(process)
    engines.finished(process)
    why = f"ended with {ended}" if ended is not None else f"did not answer within {START_SECONDS} s"
    raise HomeError(f"Cassandra {why}: see {place.folder / 'cassandra.log'} and {place.folder / 'console.log'}")


def _watch(process: subprocess.Popen[bytes], place: cassandra.Place) -> None:
    """Start Cassandra again when it has died by itself; clients reconnect."""
    process.wait()
    place.told.unlink(missing_ok=True)
    with _lock:
        engines.finished(process)
        _running.pop("place", None)
        if engines.ending.is_set():
            return
        _running["restarts"] = _running.get("restarts", 0) + 1
        if _running["restarts"] > MOST_RESTARTS:
            log.error("Cassandra has died %s times and stays down: see %s", _running["restarts"], place.folder / "cassandra.log")
            return
        log.warning("Cassandra (process %s) ended with %s; it is started again", process.pid, process.returncode)
        try:
            _start()
        except HomeError as error:
            log.error("%s", error)


def _drain(process: subprocess.Popen[bytes], into: Path) -> None:
    assert process.stdout is not None
    with into.open("wb") as file:
        for line in process.stdout:
            file.write(line)
            file.flush()
