"""Rows out of a table of Keyspaces: by ranges of tokens, which can be read at the same time and read again."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from lakemill.keyspaces_patience import Patience, patiently
from lakemill.wide import WideTable

LOWEST, HIGHEST = -(2**63), 2**63 - 1  # tokens of Murmur3; no row has the lowest
PAGE = 5000
Range = tuple[int, int]


def ranges(number: int) -> list[Range]:
    """All tokens in so many ranges of equal length, each without its beginning and with its end."""
    edges = [LOWEST + (HIGHEST - LOWEST) * place // number for place in range(number)] + [HIGHEST]
    return list(pairwise(edges))


class Reader:
    """Reads rows of one table, as tuples in the order of its columns."""

    def __init__(self, session: Any, *, table: WideTable, keyspace: str, patience: Patience | None = None) -> None:
        self._session, self._patience = session, patience or Patience()
        self._select = session.prepare(table.select_range(keyspace))
        self._select.fetch_size = PAGE

    def read(self, between: Range) -> Iterator[tuple[Any, ...]]:
        """The rows of a range. A page may be empty and others still follow."""
        bound, state = self._select.bind(between), None
        while True:
            page = self._page(bound, state)
            yield from page.current_rows
            state = page.paging_state
            if not state:
                return

    def _page(self, bound: Any, state: bytes | None) -> Any:
        return patiently(lambda: self._session.execute(bound, paging_state=state), patience=self._patience)
