"""Numbers and times as people read them."""

from datetime import datetime


def duration(seconds: float) -> str:
    """12 ms, 3.4 s or 2 min 05 s."""
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def moment(at: datetime) -> str:
    """A time as this machine's clock shows it: 2026-11-21 09:30:00."""
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def size(number: float) -> str:
    """A number of bytes with its unit: 512 B, 1.5 KB, 2.0 GB."""
    if number < 1000:
        return f"{number:.0f} B"
    for unit in ("KB", "MB", "GB", "TB"):
        number /= 1000
        if number < 1000:
            return f"{number:.1f} {unit}"
    return f"{number / 1000:.1f} PB"


def count(number: int, noun: str) -> str:
    """1 file, 2 files, 12,345 rows."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def plain(text: str) -> str:
    """Text from a file in one line that a terminal cannot take for a command: line ends and control characters as escapes."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def shortened(text: str, *, width: int) -> str:
    """The text cut to a width, with a mark where something is left out."""
    return text if len(text) <= width else f"{text[: width - 1]}…"
