"""Rows into a table of Keyspaces: in batches of one partition, many at once but bounded, no faster than a connection may.

Every row's key comes from the row itself, so writing it again changes nothing, and what failed for a moment is sent again.
"""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock, Semaphore
from typing import Any

from lakemill.keyspaces_patience import Patience, passing
from lakemill.keyspaces_values import encoded, encoder
from lakemill.wide import WideTable

BATCH_ROWS = 30  # Keyspaces takes no more in an unlogged batch
BATCH_CHARACTERS = 60_000
Values = tuple[Any, ...]


class NotWritten(RuntimeError):
    """Rows that Keyspaces did not take: how many requests, and its last word."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Requests under way at once, and requests a second on each connection (Keyspaces bears 3,000)."""

    at_once: int = 64
    a_second: int = 2500
    patience: Patience = field(default_factory=Patience)


class Pace:
    """Lets so many pass in each tenth of a second, whichever thread they come from."""

    def __init__(self, a_second: int) -> None:
        self._most = max(1, a_second // 10)
        self._slice, self._passed = 0, 0
        self._one = Lock()

    def wait(self) -> None:
        """Returns when the next may pass."""
        while True:
            with self._one:
                now = int(time.monotonic() * 10)
                if now != self._slice:
                    self._slice, self._passed = now, 0
                if self._passed < self._most:
                    self._passed += 1
                    return
            time.sleep(max(0.0, (now + 1) / 10 - time.monotonic()))


class Writer:
    """Writes rows of one table. Several threads may write at the same time: its limits hold for all of them together."""

    def __init__(self, session: Any, *, table: WideTable, keyspace: str, limits: Limits | None = None) -> None:
        self._session, self._limits = session, limits or Limits()
        self._insert = session.prepare(table.insert(keyspace))
        names = list(table.columns)
        self._encoders = [encoder(column.type) for column in self._insert.column_metadata]
        self._partition = [names.index(name) for name in table.partition]
        self._pace = Pace(self._limits.a_second * connections(session))
        self._slots = Semaphore(self._limits.at_once)

    def write(self, rows: Sequence[Values]) -> None:
        """Writes all of them and returns when each is acknowledged; NotWritten, or the service's error if it will never take one."""
        left: list[Any] = [self._statement(part) for part in parts(rows, partition=self._partition)]
        pauses = self._limits.patience.pauses()
        next(pauses)
        while left:
            failed = self._sent(left)
            if final := next((error for _, error in failed if not passing(error)), None):
                raise final
            fewer, left = len(failed) < len(left), [statement for statement, _ in failed]
            try:
                if left:
                    pauses.send(fewer)
            except StopIteration:
                last = failed[-1][1]
                raise NotWritten(f"{len(left)} requests were not taken; the last answer was {type(last).__name__}: {last}") from last

    def _sent(self, statements: Sequence[Any]) -> list[tuple[Any, BaseException]]:
        """Sends the statements, waits for all answers, and returns those that failed with their errors."""
        failed: list[tuple[Any, BaseException]] = []
        answers = Semaphore(0)

        def taken(_: Any) -> None:
            self._slots.release()
            answers.release()

        def refused(error: BaseException, statement: Any) -> None:
            failed.append((statement, error))
            taken(None)

        for statement in statements:
            self._slots.acquire()
            self._pace.wait()
            future = self._session.execute_async(statement)
            future.add_callbacks(taken, refused, errback_args=(statement,))
        for _ in statements:
            answers.acquire()
        return failed

    def _statement(self, rows: Sequence[Values]) -> Any:
        from cassandra.query import BatchStatement, BatchType

        if len(rows) == 1:
            return self._bound(rows[0])
        batch = BatchStatement(BatchType.UNLOGGED)
        for row in rows:
            batch.add(self._bound(row))
        return batch

    def _bound(self, row: Values) -> Any:
        """What `bind` would give, without looking at each value's type anew."""
        from cassandra.query import BoundStatement

        bound = BoundStatement(self._insert)
        bound.values = encoded(row, by=self._encoders)
        return bound


def parts(rows: Sequence[Values], *, partition: Sequence[int]) -> Iterator[list[Values]]:
    """The rows in groups of one partition each, of at most 30 rows and a size that a request bears."""
    groups: dict[Values, list[Values]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[place] for place in partition)].append(row)
    for group in groups.values():
        part: list[Values] = []
        size = 0
        for row in group:
            weight = sum(len(value) for value in row if isinstance(value, str))
            if part and (len(part) == BATCH_ROWS or size + weight > BATCH_CHARACTERS):
                yield part
                part, size = [], 0
            part.append(row)
            size += weight
        yield part


def connections(session: Any) -> int:
    """How many connections a session spreads its requests over: the driver keeps one to each host."""
    return max(1, len(session.cluster.metadata.all_hosts()))
