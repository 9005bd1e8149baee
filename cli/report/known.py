"""What a report knows of a platform: each question is asked once, however many sections want its answer, and all at the same time."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, TypeVar

from cli.platform import Platform

T = TypeVar("T")


class Known:
    """The answers so far, `given` ones among them. `now` is the moment that the page is about."""

    def __init__(self, platform: Platform, *, now: datetime | None = None, given: Mapping[Callable[..., Any], Any] | None = None) -> None:
        self.platform = platform
        self.now = now or datetime.now(UTC)
        self._lock = threading.Lock()
        self._answers: dict[Callable[..., Any], Future[Any]] = {}
        for ask, answer in (given or {}).items():
            self._answers[ask] = Future()
            self._answers[ask].set_result(answer)

    def of(self, ask: "Callable[[Known], T]") -> T:
        """The answer to a question (a function of what is known); its error, if it ended in one."""
        with self._lock:
            first = ask not in self._answers
            answer: Future[T] = self._answers.setdefault(ask, Future())
        if first:
            try:
                answer.set_result(ask(self))
            except Exception as error:
                answer.set_exception(error)
        return answer.result()
