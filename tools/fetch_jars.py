"""Fetch an engine's jars into `.local/engines/<engine>/jars` and refuse any that is not the one of its lock.

jgo resolves and downloads, but never compares with the sha256 sums it writes into `jgo.lock.toml`; so we do.
Usage: fetch_jars.py ENGINE [--lock]      (--lock writes the lock anew instead)
"""

import hashlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = "jgo.lock.toml"


def jgo(command: str, folder: Path) -> None:
    """Run one jgo command in `folder`, with the download cache inside the project."""
    program = Path(sys.executable).with_name("jgo")
    cache = ROOT / ".local" / "m2"
    subprocess.run([program, "--quiet", "--links", "copy", "--repo-cache", cache, command], cwd=folder, check=True)


def locked(lock: Path) -> dict[str, str]:
    """File name to sha256 of every jar in the lock."""
    entries = tomllib.loads(lock.read_text())["dependencies"]
    return {_name(entry): entry["sha256"] for entry in entries}


def _name(entry: dict[str, str]) -> str:
    classifier = f"-{entry['classifier']}" if entry.get("classifier") else ""
    return f"{entry['artifactId']}-{entry['version']}{classifier}.jar"


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def verify(found: dict[str, str], expected: dict[str, str]) -> None:
    """Exit with every jar that is missing, unknown or different."""
    wrong = sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
    if wrong:
        sys.exit(f"these jars are not those of {LOCK}: {', '.join(wrong)}. Remove .local/m2 and try again.")


def collect(work: Path) -> Path:
    """Copy what jgo placed under `.jgo` into one flat folder and return it, still unnamed as good."""
    staged = work / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    for jar in (work / ".jgo").rglob("*.jar"):
        shutil.copy2(jar, staged / jar.name)
    return staged


def main(engine: str, *options: str) -> None:
    """Leave verified jars in `.local/engines/<engine>/jars`, or nothing there."""
    source, work = ROOT / "engines" / engine, ROOT / ".local" / "engines" / engine
    work.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source / "jgo.toml", work)
    jgo("sync", work)
    if "--lock" in options:
        jgo("lock", work)
        shutil.copy2(work / LOCK, source)
    staged = collect(work)
    verify({jar.name: sha256(jar) for jar in staged.iterdir()}, locked(source / LOCK))
    shutil.rmtree(work / "jars", ignore_errors=True)
    staged.rename(work / "jars")
    shutil.rmtree(work / ".jgo")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
