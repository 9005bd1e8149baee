"""Several files that change together or not at all, whenever the home is killed.

A note in `redo/` says which new files will get which names. Writing the note is the moment at which the change has
happened; the renames follow. `recover` does those that were not done; it must run before the emulator reads its files.
"""

import contextlib
import json
import secrets
from pathlib import Path


def together(objects: Path, renames: dict[str, str]) -> None:
    """Give new files (the keys) their names (the values)."""
    note = _folder(objects) / secrets.token_hex(6)
    half = note.with_suffix(".new")
    half.write_text(json.dumps(renames))
    half.replace(note)
    _do(note, renames)


def recover(objects: Path) -> None:
    """Finish the changes that a killed home had decided on, and remove what it had only begun."""
    for note in list(_folder(objects).iterdir()):
        if note.suffix == ".new":
            note.unlink()
        else:
            _do(note, json.loads(note.read_text()))
    for begun in objects.rglob("*.tmp"):
        begun.unlink()


def _do(note: Path, renames: dict[str, str]) -> None:
    for new, target in renames.items():
        with contextlib.suppress(FileNotFoundError):
            Path(new).replace(target)
    note.unlink()


def _folder(objects: Path) -> Path:
    """Beside the objects' folder, whose every entry the emulator takes for an account's."""
    folder = objects.parent / "redo"
    folder.mkdir(exist_ok=True)
    return folder
