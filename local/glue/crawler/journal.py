"""A crawl's log: lines as AWS writes them, in the stream named after the crawler, written as its role.

The group is `/aws-glue/crawlers`, or `/aws-glue/crawlers-role/ROLE-CONFIGURATION` with a security configuration. AWS
does not say whether a role that may not write logs can crawl; here it cannot.
"""

import time
from typing import Any

from local import identity

GROUP = "/aws-glue/crawlers"


def group(role: str, configuration: str) -> str:
    """The log group of a crawler. `role` is the role's name with its path."""
    return f"{GROUP}-role/{role.strip('/')}-{configuration}" if configuration else GROUP


class Journal:
    """The lines of one crawl."""

    def __init__(self, session: dict[str, str], *, group: str, stream: str, crawl: str) -> None:
        self._client: Any = identity.client("logs", session)
        self._place = {"logGroupName": group, "logStreamName": stream}
        self._crawl = crawl
        self._open()

    def note(self, message: str, *, level: str = "INFO") -> None:
        """One line."""
        event = {"timestamp": int(time.time() * 1000), "message": f"[{self._crawl}] {level} : {message}"}
        self._client.put_log_events(**self._place, logEvents=[event])

    def milestone(self, message: str) -> None:
        """A line about how far it is."""
        self.note(message, level="BENCHMARK")

    def _open(self) -> None:
        missing, there = self._client.exceptions.ResourceNotFoundException, self._client.exceptions.ResourceAlreadyExistsException
        try:
            try:
                self._client.create_log_stream(**self._place)
            except missing:
                self._client.create_log_group(logGroupName=self._place["logGroupName"])
                self._client.create_log_stream(**self._place)
        except there:
            return
