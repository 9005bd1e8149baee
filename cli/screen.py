"""What a person sees: two consoles, and lines of work with their seconds.

Results go to standard output, everything about how it went to standard error where a command's result is data.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.status import Status
from rich.text import Text

from cli.words import duration

_WITHOUT_A_TERMINAL = 400  # columns: never fold or cut what goes to a file
_LINE_IN_A_FILE = 160
_NAME, _LINE = 11, 72
_MARKS = {True: ("✓", "green"), False: ("✗", "red")}
_PLAIN_MARKS = {"✓": "+", "✗": "x"}


def _console(*, stderr: bool) -> Console:
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, width=None if terminal else _WITHOUT_A_TERMINAL)


out = _console(stderr=False)
err = _console(stderr=True)


@dataclass
class Step:
    """A line of work under way: `doing` shows on the spinner, `note` stays on the finished line."""

    name: str
    note: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.started

    def doing(self, what: str) -> None:
        """Says what goes on right now; seen on a terminal only."""
        spin(f"{self.name}  {what}")


_spinner: Status | None = None


def spin(text: str) -> None:
    """What the spinner says, where there is one."""
    if _spinner is not None:
        _spinner.update(f" {text}")


@contextmanager
def step(name: str) -> Iterator[Step]:
    """A spinner while the work runs, then one line: mark, name, what came of it, seconds."""
    work = Step(name)
    with spinning(f" {name}"):
        try:
            yield work
        except BaseException as error:
            finished(name, "stopped" if isinstance(error, KeyboardInterrupt) else "failed", seconds=work.seconds, good=False)
            raise
    finished(name, work.note, seconds=work.seconds)


@contextmanager
def spinning(text: str, *, console: Console | None = None) -> Iterator[None]:
    """A spinner on a terminal; nothing elsewhere, and nothing new inside another one."""
    global _spinner  # noqa: PLW0603 - a terminal has one place for a spinner
    console = console or out
    if _spinner is not None or not console.is_terminal:
        yield
        return
    with console.status(text, spinner="dots") as _spinner:
        try:
            yield
        finally:
            _spinner = None


def finished(name: str, note: str, *, seconds: float | None = None, good: bool = True) -> None:
    """One line about finished work."""
    sign, colour = _MARKS[good]
    line = Text.assemble((mark(sign), colour), " ", (f"{name:<{_NAME}}", "bold"), f" {note}")
    if seconds is not None:
        line.append(" " * max(2, _LINE - line.cell_len))
        line.append(f"{duration(seconds):>8}", "dim")
    line.rstrip()
    out.print(line, soft_wrap=True)


def width() -> int:
    """The columns that a line may take where it has to be cut."""
    return out.width if out.is_terminal else _LINE_IN_A_FILE


def mark(sign: str) -> str:
    """The sign, or a plain one where the output's encoding lacks it."""
    try:
        sign.encode(out.encoding)
    except UnicodeEncodeError:
        return _PLAIN_MARKS.get(sign, "-")
    return sign
