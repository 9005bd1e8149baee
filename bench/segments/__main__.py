"""`python -m bench.segments [PART …] [--file FILE]`: the numbers of `segments`, as one table. Parts: load, read, training, flow, features.

FILE is one of the public data's files; without it as many generated lines are taken, kept under `.local/bench`.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bench.clean.results import Number, table
from bench.segments import at_home, features, flow, load, read

MEASURED: Mapping[str, Callable[[at_home.Shop], Iterator[Number]]] = {
    "load": load.beside_row_by_row,
    "read": read.by_ranges,
    "training": flow.training,
    "flow": flow.whole,
    "features": features.beside_polars,
}
PARTS = tuple(MEASURED)


def main() -> None:
    """Measure, print each number as it comes with the machine's load, and the table at the end; 1 if a limit does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench.segments", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all if none is named")
    parser.add_argument("--file", type=Path, help="a file of the public data, packed or not; else 541,909 lines are generated")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    numbers = []
    for number in measured(asked.parts or PARTS, file=asked.file.resolve() if asked.file else at_home.generated()):
        print(f"{number} load {os.getloadavg()[0]:.0f}", flush=True)
        numbers.append(number)
    print(f"\n{table(numbers)}")
    sys.exit(not all(number.holds for number in numbers))


def measured(parts: list[str] | tuple[str, ...], *, file: Path) -> Iterator[Number]:
    """The numbers of the parts, in one home."""
    with at_home.shop(file) as shop:
        for part in PARTS:
            if part in parts:
                yield from MEASURED[part](shop)


if __name__ == "__main__":
    main()
