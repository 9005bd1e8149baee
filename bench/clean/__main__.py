"""`python -m bench.clean [PART …] [--rows N]`: the numbers of the clean job, as one table. Parts: disk, home, batches, questions.

Session start, upload and generation are stated apart or not counted. Everything lies under `.local/bench`; only generated
files are used again.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping

from bench.clean import at_home, disk, questions
from bench.clean.results import Number, table

PARTS: Mapping[str, tuple[Callable[[int], Iterator[Number]], int]] = {
    "disk": (disk.loads, 5_000_000),
    "home": (at_home.loads, 5_000_000),
    "batches": (disk.batches, 1_000_000),
    "questions": (questions.read, 1_000_000),
}


def main() -> None:
    """Measure, print each number as it comes and the table at the end; 1 if a limit does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.clean", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all if none is named")
    parser.add_argument("--rows", type=int, help="rows of a batch, instead of 5,000,000 (disk, home) and 1,000,000 (batches, questions)")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    numbers = []
    for part in asked.parts or PARTS:
        measure, usual = PARTS[part]
        for number in measure(asked.rows or usual):
            print(number, flush=True)
            numbers.append(number)
    print(f"\n{table(numbers)}")
    sys.exit(not all(number.holds for number in numbers))


if __name__ == "__main__":
    main()
