"""What one look at an account or a machine found."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad a finding is. `unknown`: these credentials may not look."""

    GOOD = "good"
    UNKNOWN = "unknown"
    WARNING = "warning"
    STOP = "stop"


@dataclass(frozen=True)
class Finding:
    """One finding, and what to do about it if it is not good."""

    verdict: Verdict
    about: str
    what: str
    advice: str = ""


def good(about: str, what: str) -> Finding:
    """All is well."""
    return Finding(Verdict.GOOD, about, what)


def warning(about: str, what: str, *, advice: str) -> Finding:
    """A deployment will pass, yet something may not be as people expect."""
    return Finding(Verdict.WARNING, about, what, advice)


def stop(about: str, what: str, *, advice: str) -> Finding:
    """A deployment or its first run will fail."""
    return Finding(Verdict.STOP, about, what, advice)
