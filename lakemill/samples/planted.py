"""What a generator put into its files, so that a test can find it again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Files written, and what they hold: rows = good rows + `bad` rows + `duplicates` of good rows. `effects` says what to look for."""

    files: tuple[Path, ...]
    rows: int
    bad: int = 0
    duplicates: int = 0
    effects: tuple[str, ...] = ()


class Generator(Protocol):
    """Writes files of one dataset."""

    def __call__(self, folder: Path, *, rows: int, files: int, seed: int) -> Planted: ...
