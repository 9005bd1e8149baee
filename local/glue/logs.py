"""A run's output in CloudWatch Logs, written as the job's role.

Glue writes standard output to the group `PREFIX/output` and errors to `PREFIX/error`, in a stream named after the run.
The prefix is `/aws-glue/jobs` or the job's own; a security configuration adds `/CONFIGURATION-role/ROLE` to it. With
`--continuous-log-logGroup` both go to that group. A role that may not write logs does not fail its run on AWS, nor
here; the home's log says so.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local import identity
from local.glue.arguments import Settings

EVERY_SECONDS = 1.0
MOST_EVENTS = 1000
MOST_CHARACTERS = 200_000
KEPT_LINES = 2000
log = logging.getLogger("home.glue")


def groups(settings: Settings, job: dict[str, Any]) -> tuple[str, str]:
    """The log groups of a job's output and of its errors."""
    if settings.log_group:
        return settings.log_group, settings.log_group
    configuration, role = job.get("SecurityConfiguration"), str(job["Role"]).rsplit("/", 1)[-1]
    prefix = settings.log_group_prefix + (f"/{configuration}-role/{role}" if configuration else "")
    return f"{prefix}/output", f"{prefix}/error"


class Stream:
    """One log stream, filled from a pipe by a thread of its own. `lines` keeps the last ones."""

    def __init__(self, session: dict[str, str], *, group: str, name: str) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._client: Any = identity.client("logs", session)
        self._group, self._name = group, name
        self._events: list[dict[str, Any]] = []
        self._broken = not self._open()
        self._thread: threading.Thread | None = None

    def follow(self, pipe: Iterable[bytes]) -> None:
        """Start to copy `pipe` into the stream, until it closes."""
        self._thread = identity.in_background(lambda: self._copy(pipe), name=f"log-{self._name}")

    def close(self) -> None:
        """Wait until everything read has been written."""
        if self._thread:
            self._thread.join(10)

    def _copy(self, pipe: Iterable[bytes]) -> None:
        flushed = time.monotonic()
        for raw in pipe:
            line = raw.decode(errors="replace").rstrip("\n")
            self.lines.append(line)
            if line:
                self._events.append({"timestamp": int(time.time() * 1000), "message": line[:MOST_CHARACTERS]})
            if len(self._events) >= MOST_EVENTS or time.monotonic() - flushed > EVERY_SECONDS:
                self._flush()
                flushed = time.monotonic()
        self._flush()

    def _open(self) -> bool:
        stream = {"logGroupName": self._group, "logStreamName": self._name}
        try:
            try:
                self._client.create_log_stream(**stream)
            except self._client.exceptions.ResourceNotFoundException:
                self._client.create_log_group(logGroupName=self._group)
                self._client.create_log_stream(**stream)
        except self._client.exceptions.ResourceAlreadyExistsException:
            return True
        except (ClientError, BotoCoreError) as error:
            log.warning("%s is not written: %s", self._group, error)
            return False
        return True

    def _flush(self) -> None:
        events, self._events = self._events, []
        if self._broken or not events:
            return
        try:
            self._client.put_log_events(logGroupName=self._group, logStreamName=self._name, logEvents=events)
        except (ClientError, BotoCoreError) as error:
            log.warning("%s is not written any more: %s", self._group, error)
            self._broken = True
