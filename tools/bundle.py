"""Makes what synthesis reads: `.local/assets/glue.zip`, the library of the Glue jobs. Runs from anywhere, and only when needed."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATTERNS = ("lakemill/**/*.py", "sql/curated/*.sql")
EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644
FORMAT = b"1"


def members(root: Path) -> Iterator[tuple[str, bytes]]:
    """Names in the zip and contents, in the order of the names."""
    files = {path.relative_to(root).as_posix(): path for pattern in PATTERNS for path in root.glob(pattern)}
    for name in sorted(files):
        yield name, files[name].read_bytes()


def input_hash(root: Path) -> str:
    """A sha256 over the zip's format, its names and their contents."""
    digest = hashlib.sha256(FORMAT)
    for name, content in members(root):
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def bundle(root: Path = ROOT) -> Path:
    """The library's zip below `root`, made anew only when its inputs changed. Equal inputs give equal bytes."""
    target = root / ".local" / "assets" / "glue.zip"
    stamp = target.with_suffix(".inputs")
    wanted = input_hash(root)
    if not (target.exists() and stamp.exists() and stamp.read_text() == wanted):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".draft")
        _write(draft, root=root)
        draft.replace(target)
        draft.write_text(wanted)
        draft.replace(stamp)  # never half-written, and never into a file that another clone shares by a hard link
    return target


def _write(target: Path, *, root: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members(root):
            entry = zipfile.ZipInfo(name, date_time=EPOCH)
            entry.external_attr = MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever this runs
            archive.writestr(entry, content)


if __name__ == "__main__":
    bundle()
