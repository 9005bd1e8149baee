"""A permission that no run at home shows, with the reason to have it and the place where that is written."""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.permissions.pieces import Piece


@dataclass(frozen=True)
class Need:
    """Actions on resources, by patterns over what a piece is called, why AWS asks for them, and where that is written."""

    roles: tuple[str, ...]
    actions: tuple[str, ...]
    on: str
    why: str
    source: str

    def covers(self, piece: Piece) -> bool:
        return (
            piece.role in self.roles
            and any(fnmatchcase(piece.action, each) for each in self.actions)
            and any(fnmatchcase(piece.label, each) for each in self.on.split("|"))
        )
