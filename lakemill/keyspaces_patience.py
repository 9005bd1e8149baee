"""What may be tried again on Keyspaces, and how long to wait before. Only for statements that do no harm when they are repeated."""

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

FIRST, LONGEST = 0.1, 10.0
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How many seconds to go on trying while nothing gets better."""

    seconds: float = 120.0

    def pauses(self) -> Generator[None, bool | None, None]:
        """Yields at once, and then after pauses that double, each shortened by chance so that writers do not come back together.

        Sent True, it takes that for something getting better: patience and pauses begin anew.
        """
        end, pause = time.monotonic() + self.seconds, FIRST
        better = yield
        while better or time.monotonic() < end:
            if better:
                end, pause = time.monotonic() + self.seconds, FIRST
            time.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - chance, not secrecy
            better = yield
            pause = min(2 * pause, LONGEST)


def patiently(call: Callable[[], T], *, patience: Patience) -> T:
    """What a call gives, which is made again while it fails for a moment; its last error if that does not end."""
    last: Exception | None = None
    for _ in patience.pauses():
        try:
            return call()
        except Exception as error:
            if not passing(error):
                raise
            last = error
    assert last is not None
    raise last


def passing(error: BaseException) -> bool:
    """Whether an error may be gone the next time: throttling, a timeout, a node that is away. All else is final."""
    from cassandra import OperationTimedOut, Timeout, Unavailable, WriteFailure
    from cassandra.cluster import NoHostAvailable
    from cassandra.connection import ConnectionException
    from cassandra.protocol import OverloadedErrorMessage, ServerError

    if isinstance(error, NoHostAvailable):
        return all(passing(each) for each in _causes(error))
    kinds = (OperationTimedOut, Timeout, Unavailable, WriteFailure, ConnectionException, OverloadedErrorMessage, ServerError, OSError)
    return isinstance(error, kinds)


def _causes(error: Any) -> list[BaseException]:
    return [each for each in getattr(error, "errors", {}).values() if isinstance(each, BaseException)]
