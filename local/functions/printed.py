"""What a function prints in an invocation is its log, whole: its process marks the end of it before each answer.

The emulator waits 50 ms for the first line, which on a busy machine loses the log or gives it to the next invocation.
"""

import queue
import time
from typing import Any

from ministack.core import lambda_runtime

from local.seams import replace

LONGEST_SECONDS = 10  # of waiting for a log whose end does not come
END = "\x03 end of an invocation"

MARKS = f"""
class Answers:
    def __init__(self, out):
        self.out, self.flush, self.ready = out, out.flush, False
    def write(self, answer):
        if self.ready:
            print("", {END!r}, sep="\\n", file=sys.stderr, flush=True)
        self.ready = True  # the first answer says that the process has started: what it printed until then is the first log's
        return self.out.write(answer)

sys.stdout = Answers(sys.stdout)
"""


def plug_in() -> None:
    """Read logs to their end."""

    def of_answer(worker: Any, *waits: float, **more: float) -> str:
        marked = worker.config.get("Runtime", "").startswith("python")
        return until_mark(worker) if marked else str(drain(worker, *waits, **more))

    def of_killed(worker: Any) -> str:
        worker._stderr_thread.join(LONGEST_SECONDS)  # what the process printed at its end may still be on its way
        return str(drain_now(worker))

    drain = replace(
        lambda_runtime.Worker,
        "_drain_stderr_bounded",
        expected="(self, first_line_wait: float = 0.05, idle_confirm: float = 0.005, hard_cap: float = 0.25) -> str",
        by=of_answer,
    )
    drain_now = replace(lambda_runtime.Worker, "_drain_stderr", expected="(self) -> str", by=of_killed)


def until_mark(worker: Any) -> str:
    """What a process printed before its answer; all that came, if it died without one."""
    lines: list[str] = []
    latest = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < latest:
        over = not worker._stderr_thread.is_alive()
        try:
            line = worker._stderr_queue.get(timeout=0 if over else 0.1)
        except queue.Empty:
            if over:
                break
            continue
        if line == END:
            break
        lines.append(line)
    return "\n".join(lines)
