"""Generated call files, and the one thing that must hold after every fault: each row is in exactly one place."""

import random
from collections.abc import Callable
from typing import Any

from tests.jobs.lake import HEADER

Query = Callable[[str], list[tuple[Any, ...]]]


def file_of(seed: int, *, rows: int) -> str:
    """A file in which every 7th row is refused and every 11th is a duplicate of the row before it."""
    chosen, lines = random.Random(seed), [HEADER]
    for n in range(rows):
        number = f"{seed:03d}{n:010d}"
        line = f"10-01-2019 {chosen.randrange(24):02d}:12,{number},{number},{chosen.randrange(900)},3,200"
        lines.append("31-02-2019 10:00,1,1,42,3,200" if n % 7 == 0 else lines[-1] if n % 11 == 0 and n % 7 != 1 else line)
    return "\n".join([*lines, ""])


def expected(rows: int) -> tuple[int, int, int, int]:
    """(in, cleaned, quarantined, duplicate) of such a file."""
    refused = sum(n % 7 == 0 for n in range(rows))
    twice = sum(n % 11 == 0 and n % 7 not in (0, 1) for n in range(rows))
    return rows, rows - refused - twice, refused, twice


def account(query: Query) -> dict[str, tuple[int, int, int, int]]:
    """The ledger by file; raises AssertionError unless the tables hold exactly what it says, each row once."""
    lines = query("select source_file, rows_in, rows_cleaned, rows_quarantined, rows_duplicate from cleaned.ledger where dataset = 'calls'")
    found = {str(file): (int(a), int(b), int(c), int(d)) for file, a, b, c, d in lines}
    assert len(found) == len(lines), "a file is in the ledger twice"
    cleaned = {str(f): int(n) for f, n in query("select source_file, count(*) from cleaned.calls group by source_file")}
    refused = {str(f): int(n) for f, n in query("select source_file, count(*) from quarantine.calls group by source_file")}
    assert cleaned == {file: counts[1] for file, counts in found.items() if counts[1]}
    assert refused == {file: counts[2] for file, counts in found.items() if counts[2]}
    assert query("select count(*) - count(distinct record_id) from cleaned.calls") == [(0,)]
    for file, (rows, *places) in found.items():
        assert rows == sum(places), file
    return found
