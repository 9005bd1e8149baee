"""`mill load retail` beside the way one would begin with: a prepared statement for each row, one after the other."""

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bench.clean.results import Number
from bench.segments.at_home import Shop
from cli import wide as keyspaces
from lakemill.datasets import wide
from lakemill.keyspaces_load import Target, load_file
from lakemill.wide_rows import Row, rows

RETAIL = wide()["retail"]
SAMPLE = 3_000


def beside_row_by_row(shop: Shop) -> Iterator[Number]:
    """The whole file between two samples row by row, in one session: TLS, SigV4, rights and limits are the same for both."""
    keyspace = keyspaces.keyspace(shop.platform)
    first = islice((each for each in rows(shop.file, dataset=RETAIL) if isinstance(each, Row)), SAMPLE)
    values = [(*each.values, "row by row", each.line) for each in first]
    with keyspaces.session(shop.platform) as session:
        insert = session.prepare(RETAIL.wide().insert(keyspace))
        before = _row_by_row(session, insert, values=values)
        began = time.perf_counter()
        loaded = load_file(shop.file, target=Target(session, dataset=RETAIL, keyspace=keyspace))
        spent = time.perf_counter() - began
        after = _row_by_row(session, insert, values=values)
        _removed(session, keyspace=keyspace, values=values)
    ours, theirs = loaded.rows_in / spent, 2 * SAMPLE / (before + after)
    told = f"{loaded.rows_in:,} in {spent:.1f} s, {ours:,.0f} a second / {theirs:,.0f} = {ours / theirs:.1f}"
    yield Number("seconds of a row, `mill load retail` / row by row", theirs / ours, 1 / 10, told)


def _row_by_row(session: Any, insert: Any, *, values: list[tuple[Any, ...]]) -> float:
    began = time.perf_counter()
    for row in values:
        session.execute(insert, row)
    return time.perf_counter() - began


def _removed(session: Any, *, keyspace: str, values: list[tuple[Any, ...]]) -> None:
    """The sample is no file that was loaded, so it goes."""
    table = RETAIL.wide()
    delete = session.prepare(f"delete from {keyspace}.{table.name} where {' and '.join(f'{name} = ?' for name in table.key)}")
    places = [list(table.columns).index(name) for name in table.key]
    for row in values:
        session.execute(delete, [row[place] for place in places])
