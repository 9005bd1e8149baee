"""Cassandra at home under smaller limits than Keyspaces has."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOTICED = 1.5  # seconds; Cassandra reads its limits every second


@contextmanager
def limited(home: Path, **limits: int) -> Iterator[None]:
    """Smaller limits for a home, until the end of the block."""
    file = home / "keyspaces" / "limits.json"
    file.write_text(json.dumps(limits))
    time.sleep(NOTICED)
    try:
        yield
    finally:
        file.unlink()
        time.sleep(NOTICED)
