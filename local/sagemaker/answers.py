"""How SageMaker says no: an error with AWS's code, which every operation may raise."""

from typing import Any

Data = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]


class Refused(Exception):
    """An error of the API: its code and message, and what else the answer holds."""

    def __init__(self, message: str, *, code: str = "ValidationException", status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.message, self.code, self.status, self.more = message, code, status, more


def not_found() -> Refused:
    """What Describe and Stop say of jobs that do not exist."""
    return Refused("Requested resource not found.")


def not_at_home(what: str) -> Refused:
    """AWS does it, the home does not."""
    return Refused(f"The local home does not do this: {what} (docs/parity.md, SageMaker at home)")
