"""What a generator put into its files, so that a test can find it again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Files written, and what they hold: rows = good rows + bad rows + `duplicates` of good rows.

    `refused` counts the bad rows by the reason that the cleaning job will give; `effects` says what else to look for.
    """

    files: tuple[Path, ...]
    rows: int
    duplicates: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    effects: tuple[str, ...] = ()

    @property
    def bad(self) -> int:
        """Rows that no one can use."""
        return sum(self.refused.values())


class Generator(Protocol):
    """Writes files of one dataset."""

    def __call__(self, folder: Path, *, rows: int, files: int, seed: int) -> Planted: ...
