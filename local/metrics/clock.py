"""The time of metrics and alarms. A file named by HOME_CLOCK holds seconds to add to it, so that tests need not wait for hours to pass."""

import os
import time
from pathlib import Path


def now() -> float:
    """Epoch seconds, as metrics and alarms see them."""
    return time.time() + ahead()


def ahead() -> float:
    """Seconds that metrics and alarms are ahead of the machine's clock: 0 but in tests."""
    file = os.environ.get("HOME_CLOCK", "")
    try:
        return float(Path(file).read_text()) if file else 0.0
    except (OSError, ValueError):
        return 0.0
