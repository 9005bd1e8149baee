"""Bodies of S3 objects live in files, and the memory holds only what is known about them.

The emulator keeps its files as key paths with a `.meta.json` beside each, and so do we; but it holds whole requests,
parts and versions in memory, and writes a body and its description one after the other. Here (`wire.py`) requests are
received into a file and answered out of one, (`parts.py`) parts stay in files until they become one, and (`files.py`) a
body and its description change together or not at all. Versions and copies share a file by hard links: nobody writes
into a file that has got its name, it is only ever replaced. Keys that S3 does not take are refused (`keys.py`).
"""

from local.objects import files, keys, parts, wire


def plug_in() -> None:
    """Keep bodies in files."""
    files.plug_in()
    parts.plug_in()
    wire.plug_in()
    keys.plug_in()
