"""`python -m bench.crawl`: how long a crawler takes at home over a thousand files."""

import sys
import tempfile
from pathlib import Path

from bench.measure import Measured, seconds, table

MILL = Path(sys.executable).parent / "mill"
FILES, LIMIT = 1000, 10


def crawls() -> list[Measured]:
    """The first crawl over a dataset's files, with all that `mill crawl` does around it, and one that finds nothing new."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"LAKEMILL_HOME": f"{folder}/home"}
        seconds(MILL, "up", env=env)
        try:
            seconds(MILL, "sample", "calls", "--rows", str(FILES * 100), "--files", str(FILES), "--to", f"{folder}/calls", env=env)
            seconds(MILL, "load", "calls", f"{folder}/calls", env=env)
            first = seconds(MILL, "crawl", "calls", env=env)
            again = seconds(MILL, "crawl", "calls", env=env)
        finally:
            seconds(MILL, "down", env=env)
    return [
        Measured(f"`mill crawl calls`, {FILES:,} files of 100 rows", first, LIMIT),
        Measured("the same again, nothing new", again, LIMIT),
    ]


if __name__ == "__main__":
    rows = crawls()
    print(table(rows))
    sys.exit(not all(row.holds for row in rows))
