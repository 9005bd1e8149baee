"""The local home as seen from outside: where its folder is, whether it is up, and who one may be there."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli.problem import Problem

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Credentials of one identity of the home."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, kw_only=True)
class Home:
    """A running local home, as its home.json describes it. `lost` says what an end without warning cost, if it was one."""

    pid: int
    endpoint: str
    region: str
    account: str
    profiles: Mapping[str, Keys]
    lost: str = ""


def folder() -> Path:
    """The home's folder: `.local/home` of this project, or what LAKEMILL_HOME says."""
    return Path(os.environ.get("LAKEMILL_HOME") or ROOT / ".local" / "home").resolve()


def move(name: str) -> Path | None:
    """Use the home `.local/<name>` from here on and return its folder; None if LAKEMILL_HOME names one already."""
    if os.environ.get("LAKEMILL_HOME"):
        return None
    os.environ["LAKEMILL_HOME"] = str(ROOT / ".local" / name)
    return folder()


def running() -> Home | None:
    """The home if it is up and answers; None otherwise."""
    home = recorded()
    return home if home and alive(home.pid) and _answers(home.endpoint) else None


def required() -> Home:
    """The running home; a Problem that says how to start it if there is none."""
    home = running()
    if home is None:
        raise Problem("the local home is not up", "Start it: mill up")
    return home


def recorded() -> Home | None:
    """What home.json says, whether or not the process behind it still lives; None without a file."""
    content = _read(folder() / "home.json")
    if content is None:
        return None
    try:
        profiles = {name: _keys(keys) for name, keys in content["profiles"].items()}
        known = {name: content[name] for name in ("pid", "endpoint", "region", "account")}
        return Home(**known, profiles=profiles, lost=content.get("lost", ""))
    except (KeyError, AttributeError, TypeError):
        raise Problem(f"{folder() / 'home.json'} is not a home's description", "Remove it, then: mill up") from None


def keyspaces_place() -> tuple[str, str] | None:
    """Host and port of the home's Keyspaces, and the file of its authority; None while it does not run."""
    said = _read(folder() / "keyspaces.json")
    return (said["endpoint"], said["ca"]) if said else None


def root_keys() -> Keys:
    """The root key, which is for bootstrap alone."""
    content = _read(folder() / "root.json")
    if content is None:
        raise Problem(f"{folder() / 'root.json'} is missing, so nobody can bootstrap this home", "Start anew: mill down --erase, mill up")
    return _keys(content["root"])


def alive(pid: int) -> bool:
    """Whether a process of that id still runs; one that ended and was never collected by its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def _keys(content: Mapping[str, str]) -> Keys:
    return Keys(access_key_id=content["access_key_id"], secret_access_key=content["secret_access_key"])


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.loads(path.read_text())  # type: ignore[no-any-return]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        raise Problem(f"{path} cannot be read as JSON", "Remove it, then: mill up") from None


def _answers(endpoint: str) -> bool:
    address = urlsplit(endpoint)
    try:
        with socket.create_connection((address.hostname, address.port), timeout=2):
            return True
    except OSError:
        return False
