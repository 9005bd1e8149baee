"""Makes what synthesis reads, below `.local/assets`: the library of the Glue jobs, the driver of Keyspaces for those that need it, and
each model's training code. Runs from anywhere, and makes only what has changed. Equal inputs give equal bytes.
"""

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATTERNS = ("lakemill/**/*.py", "sql/curated/*.sql")
DRIVER = ("cassandra-driver", "cassandra-sigv4", "six")
EPOCH = (1980, 1, 1, 0, 0, 0)
MODE = 0o100644
FORMAT = b"1"
Members = Mapping[str, bytes]


def members(root: Path) -> Iterator[tuple[str, bytes]]:
    """Names in the library's zip and contents, in the order of the names."""
    found = {path.relative_to(root).as_posix(): path for pattern in PATTERNS for path in root.glob(pattern)}
    for name in sorted(found):
        yield name, found[name].read_bytes()


def bundle() -> None:
    """Every asset of the platform, below `.local/assets`."""
    library()
    training()
    driver()


def library(root: Path = ROOT) -> Path:
    """The library's zip below `root`."""
    return kept(root / ".local" / "assets" / "glue.zip", content=dict(members(root)), pack=zipped)


def training(root: Path = ROOT) -> list[Path]:
    """A packed folder for each model's training code, its files at the top."""
    made = []
    for folder in sorted(path for path in (root / "training").glob("*") if any(path.glob("*.py"))):
        content = {path.name: path.read_bytes() for path in sorted(folder.glob("*.py"))}
        made.append(kept(root / ".local" / "assets" / "training" / f"{folder.name}.tar.gz", content=content, pack=tarred))
    return made


def driver(root: Path = ROOT) -> Path | None:
    """The driver of Keyspaces as pure Python, from what is installed here; None where it is not.

    Its compiled parts only make it faster, and belong to one machine: jobs import from a zip, which cannot hold them.
    """
    try:
        listed = [each for name in DRIVER for each in files(name) or () if wanted(each.as_posix())]
    except PackageNotFoundError:
        return None
    content = {each.as_posix(): Path(str(each.locate())).read_bytes() for each in sorted(listed)}
    return kept(root / ".local" / "assets" / "keyspaces.zip", content=content, pack=zipped)


def wanted(name: str) -> bool:
    """Whether a file of an installed package goes into the zip: its Python, and the facts that it asks about itself."""
    return not name.startswith("..") and (name.endswith(".py") or name.endswith(".dist-info/METADATA"))


def kept(target: Path, *, content: Members, pack: Callable[[Members], bytes]) -> Path:
    """The packed content at `target`, made anew only when the content changed."""
    stamp, wanted = target.with_suffix(".inputs"), fingerprint(content)
    if not (target.exists() and stamp.exists() and stamp.read_text() == wanted):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".draft")
        draft.write_bytes(pack(content))
        draft.replace(target)
        draft.write_text(wanted)
        draft.replace(stamp)  # never half-written, and never into a file that another clone shares by a hard link
    return target


def fingerprint(content: Members) -> str:
    """A sha256 over the format, names and contents."""
    digest = hashlib.sha256(FORMAT)
    for name, data in content.items():
        digest.update(f"\0{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def zipped(content: Members) -> bytes:
    """A zip without dates and owners."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name, date_time=EPOCH)
            entry.external_attr = MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever this runs
            archive.writestr(entry, data)
    return packed.getvalue()


def tarred(content: Members) -> bytes:
    """A gzipped tar without dates and owners."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream, tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in content.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), MODE & 0o777
            archive.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


if __name__ == "__main__":
    bundle()
