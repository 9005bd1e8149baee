"""The seams where the home is sewn into the emulator: every replaced symbol passes through here.

ministack has no plug-in mechanism, so the stand-ins replace functions of it. That is safe only while those functions
are what we read when we wrote the stand-ins. `replace` therefore checks that the symbol exists and that its signature
is the one we know, and refuses otherwise: a version bump fails loudly at start, and names what to look at.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from local.errors import HomeError

PINNED = "1.5.33"


@dataclass(frozen=True)
class Seam:
    """A replaced symbol: `module:name`, and the signature it must have."""

    symbol: str
    signature: str


_seams: list[Seam] = []


def replace(owner: Any, name: str, *, expected: str, by: Callable[..., Any]) -> Callable[..., Any]:
    """Put `by` in the place of `owner.name` and return the original.

    `expected` is `str(inspect.signature(original))`. Raises HomeError if the symbol is absent or differs.
    """
    symbol = f"{getattr(owner, '__name__', type(owner).__name__)}:{name}"
    original = getattr(owner, name, None)
    if not callable(original):
        raise HomeError(f"{symbol}: no such function in ministack {installed()}. {_what_to_do()}")
    found = str(inspect.signature(original))
    if found != expected:
        raise HomeError(f"{symbol}: expected {expected}, found {found} in ministack {installed()}. {_what_to_do()}")
    setattr(owner, name, by)
    _seams.append(Seam(symbol, expected))
    return original  # type: ignore[no-any-return]


def rewritten(owner: Any, name: str, *, changes: tuple[tuple[str, str], ...], names: dict[str, Any]) -> Callable[..., Any]:
    """A long function of which all is right but single expressions, with those changed; `replace` puts it in its place.

    Each change is (old text, new text); `names` are what the new text uses. Raises HomeError unless every old text stands
    in the source exactly once: a stricter check than that of a signature.
    """
    original = getattr(owner, name)
    source = inspect.getsource(original)
    for old, new in changes:
        if source.count(old) != 1:
            found = f"{old.strip()!r} stands {source.count(old)} times in {owner.__name__}:{name} of ministack {installed()}"
            raise HomeError(f"{found}, where the home changes it once. {_what_to_do()}")
        source = source.replace(old, new)
    space = vars(owner)
    space |= names
    exec(compile(source, f"{original.__code__.co_filename} (rewritten)", "exec"), space)  # noqa: S102 - the emulator's own text
    changed = space[name]
    space[name] = original
    return changed  # type: ignore[no-any-return]


def replaced() -> tuple[Seam, ...]:
    """All symbols replaced so far, in order."""
    return tuple(_seams)


def installed() -> str:
    """The version of ministack in this environment."""
    try:
        return version("ministack")
    except PackageNotFoundError:
        return "(not installed)"


def check_version() -> None:
    """Raise HomeError unless the installed emulator is the one the stand-ins were written for."""
    if installed() != PINNED:
        raise HomeError(f"ministack {installed()} is installed, the home is written for {PINNED}. {_what_to_do()}")


def _what_to_do() -> str:
    return f"The home is written for {PINNED}: install that, or mend the stand-in (local/README.md, 'a new version of ministack')."
