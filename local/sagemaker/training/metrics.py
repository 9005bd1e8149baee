"""Metrics of a training job: what its definitions' patterns find in the log."""

import re
import time
from collections.abc import Iterable, Iterator

from local.sagemaker.answers import Data


class Metrics:
    """The last value of each metric, read from the log line by line."""

    def __init__(self, definitions: Iterable[Data]) -> None:
        self._patterns = [(each["Name"], re.compile(each["Regex"])) for each in definitions]
        self.found: dict[str, Data] = {}

    def watch(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Pass the lines on, reading them."""
        for line in lines:
            self.read(line.decode(errors="replace"))
            yield line

    def read(self, line: str) -> None:
        """Take the values of one line; a text that is no number is none."""
        for name, pattern in self._patterns:
            match = pattern.search(line)
            if match and match.groups():
                try:
                    value = float(match[1])
                except (TypeError, ValueError):
                    continue
                self.found[name] = {"MetricName": name, "Value": value, "Timestamp": time.time()}


def problem(definitions: Iterable[Data]) -> str:
    """Why definitions cannot be used; empty if they can."""
    for each in definitions:
        try:
            re.compile(each["Regex"])
        except re.error as error:
            return f"Invalid metric definition {each['Name']!r}: {error}"
    return ""
