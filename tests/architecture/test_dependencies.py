"""Every library is pinned, locked and explained."""

import re
from pathlib import Path

from tests.architecture.sources import text, tracked

REQUIREMENTS = [path for path in tracked() if re.fullmatch(r"requirements(-\w+)?\.txt", path.name)]
LINE = re.compile(r"^([A-Za-z0-9_-]+)(?:\[\w+\])?==([\w.]+)", re.MULTILINE)


def asked_for() -> dict[str, set[str]]:
    """Versions by library, over all requirement files."""
    found: dict[str, set[str]] = {}
    for path in REQUIREMENTS:
        for name, version in LINE.findall(text(path)):
            found.setdefault(name, set()).add(version)
    return found


def test_every_requirement_is_pinned_to_one_version() -> None:
    loose = [line for path in REQUIREMENTS for line in text(path).splitlines() if line[:1].isalpha() and not LINE.match(line)]
    assert loose == []
    assert len(REQUIREMENTS) == 5


def test_the_lock_holds_every_requirement_with_hashes() -> None:
    locks = [text(Path(name)) for name in ("requirements.lock", "requirements-docs.lock", "notebooks/requirements.lock")]
    locked = {found for lock in locks for found in re.findall(r"^([a-z0-9-]+)==([\w.]+)", lock, re.MULTILINE)}
    assert {(name.lower(), version) for name, versions in asked_for().items() for version in versions} - locked == set()
    assert all("--hash=sha256:" in lock for lock in locks)


def test_every_requirement_has_its_reason() -> None:
    explained = re.findall(r"^\| ([\w-]+) \|", text(Path("docs/dependencies.md")), re.MULTILINE)
    assert sorted(set(explained) - {"library", "---"}) == sorted(asked_for())
