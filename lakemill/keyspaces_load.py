"""A file into a wide dataset: what of it is there already, the rest window by window, and every line that is no row with its reason.

The table `loads` remembers each file and how far it got, so a load that was cut off goes on where it stopped.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from lakemill.keyspaces_patience import Patience, patiently
from lakemill.keyspaces_writing import Limits, Writer
from lakemill.wide import LOADS, REFUSED, WideDataset
from lakemill.wide_rows import Refused, Row, fingerprint, rows

WINDOW = 6_000
UNDER_WAY = 3  # windows that are sent at once, so that none waits for the slowest answer to the one before
LOADING, DONE = "loading", "done"
Line = Row | Refused


class OtherContent(ValueError):
    """A file of that name was loaded before, and it held something else."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What is known of one file: the last line that is done, and its rows. `known_as` is the name it was loaded under, if another."""

    source_file: str
    sha256: str = ""
    state: str = ""
    line: int = 0
    rows_in: int = 0
    rows_loaded: int = 0
    rows_refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    known_as: str = ""

    @property
    def done(self) -> bool:
        """Whether all of the file is in the table."""
        return self.state == DONE


def files_of(session: Any, *, dataset: WideDataset, keyspace: str) -> dict[str, Loaded]:
    """The files that a dataset was loaded from, wholly or in part, by name."""
    names = ("source_file", "sha256", "state", "line", "rows_in", "rows_loaded", "rows_refused")
    select = session.prepare(f"select {', '.join(names)} from {keyspace}.{LOADS.name} where dataset = ?")
    rows_of_all = patiently(lambda: list(session.execute(select.bind((dataset.name,)))), patience=Patience())
    return {row[0]: Loaded(**dict(zip(names, row, strict=True))) for row in rows_of_all}


class Target:
    """A wide dataset in a keyspace, and its remembered files."""

    def __init__(self, session: Any, *, dataset: WideDataset, keyspace: str, limits: Limits | None = None) -> None:
        self.dataset, self._session, self._keyspace = dataset, session, keyspace
        self._rows, self._refused, self._loads = (
            Writer(session, table=table, keyspace=keyspace, limits=limits) for table in (dataset.wide(), REFUSED, LOADS)
        )

    def files(self) -> dict[str, Loaded]:
        """The files that were loaded, wholly or in part, by name."""
        return files_of(self._session, dataset=self.dataset, keyspace=self._keyspace)

    def write(self, window: Iterable[Line], *, source_file: str) -> None:
        """Writes lines of a file: rows to the table, the others beside it."""
        good, bad = [], []
        for each in window:
            if isinstance(each, Row):
                good.append((*each.values, source_file, each.line))
            else:
                bad.append((self.dataset.name, source_file, each.line, each.reason, each.raw))
        self._rows.write(good)
        self._refused.write(bad)

    def remember(self, file: Loaded) -> None:
        """Keeps how far a file got."""
        said = (file.source_file, file.sha256, file.state, file.line, file.rows_in, file.rows_loaded, file.rows_refused)
        self._loads.write([(self.dataset.name, *said, datetime.now(UTC).replace(tzinfo=None))])


def load_file(path: Path, *, target: Target, told: Callable[[Loaded], None] = lambda _: None) -> Loaded:
    """Loads what is not there yet, and calls `told` after every window. OtherContent if the name stands for another content."""
    known = target.files()
    sha256 = fingerprint(path)
    before = known.get(path.name)
    if before and before.sha256 != sha256:
        raise OtherContent(f"{path.name} was loaded before with other content, and a file is loaded once: nothing was loaded now")
    same = next((each for each in known.values() if each.sha256 == sha256 and each.done), None)
    if same:
        return replace(same, source_file=path.name, known_as=same.source_file)
    file = Loaded(source_file=path.name, sha256=sha256, state=LOADING)
    begin = (lambda: None) if before else partial(target.remember, file)  # rows of a file that nobody knows would pass for a whole one's
    for window in written(path, target=target, done_to=before.line if before else 0, begin=begin):
        file = counted(file, window)
        if not before or file.line > before.line:
            target.remember(file)
        told(file)
    file = replace(file, state=DONE)
    target.remember(file)
    return file


def written(path: Path, *, target: Target, done_to: int, begin: Callable[[], None]) -> Iterator[list[Line]]:
    """The file's lines, window by window, each when it and all before it are acknowledged. Lines up to `done_to` are not sent.

    `begin` is called when the first lines are read and none is sent.
    """
    under_way: deque[tuple[list[Line], Future[None]]] = deque()
    with ThreadPoolExecutor(UNDER_WAY, thread_name_prefix="load") as senders:
        for number, window in enumerate(windows(rows(path, dataset=target.dataset))):
            if number == 0:
                begin()
            fresh = [each for each in window if each.line > done_to]
            under_way.append((window, senders.submit(target.write, fresh, source_file=path.name)))
            if len(under_way) == UNDER_WAY:
                yield _acknowledged(under_way)
        while under_way:
            yield _acknowledged(under_way)


def _acknowledged(under_way: deque[tuple[list[Line], Future[None]]]) -> list[Line]:
    window, sent = under_way.popleft()
    sent.result()
    return window


def counted(file: Loaded, window: list[Line]) -> Loaded:
    """The file's numbers with a window's lines added."""
    reasons = Counter(each.reason for each in window if isinstance(each, Refused))
    refused = sum(reasons.values())
    return replace(
        file,
        line=window[-1].line,
        rows_in=file.rows_in + len(window),
        rows_loaded=file.rows_loaded + len(window) - refused,
        rows_refused=file.rows_refused + refused,
        reasons=file.reasons + reasons,
    )


def windows(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """The lines in lists of some thousands."""
    while window := list(islice(lines, WINDOW)):
        yield window
