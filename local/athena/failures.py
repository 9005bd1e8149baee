"""How a query goes wrong, in Athena's words.

Athena knows two moments. What it can see in the request (syntax, an unsupported statement, a missing location) is
refused at once with HTTP 400: `Refusal`. What it learns while running (a missing column, a missing right, a division by
zero) fails the execution: `QueryFailure`, whose text becomes StateChangeReason and AthenaError. Error types are the ones
recorded from AWS.
"""

from dataclasses import dataclass

USER = 2
_TYPES = {
    "DIVISION_BY_ZERO": 1001,
    "COLUMN_NOT_FOUND": 1006,
    "FUNCTION_NOT_FOUND": 1303,
    "TABLE_NOT_FOUND": 1301,
    "SCHEMA_NOT_FOUND": 1301,
    "INVALID_CAST_ARGUMENT": 1100,
    "INVALID_PARAMETER_USAGE": 1100,
    "INVALID_FUNCTION_ARGUMENT": 1106,
    "NOT_SUPPORTED": 1200,
    "PERMISSION_DENIED": 1500,
}
OTHER_USER_ERROR = 1006


@dataclass
class Refusal(Exception):
    """An HTTP 400 InvalidRequestException. `code` is the AthenaErrorCode."""

    message: str
    code: str = "MALFORMED_QUERY"


class Unknown(Exception):
    """An HTTP 400 ResourceNotFoundException."""


@dataclass
class QueryFailure(Exception):
    """A failed execution: `code` such as COLUMN_NOT_FOUND, `message` without the code, `at` = (line, column) from 1.

    `kind` and `category` are the AthenaError's, where the code does not tell them.
    """

    code: str
    message: str
    at: tuple[int, int] | None = None
    kind: int | None = None
    category: int = USER

    @property
    def reason(self) -> str:
        """The text of StateChangeReason."""
        where = f"line {self.at[0]}:{self.at[1]}: " if self.at else ""
        return f"{self.code}: {where}{self.message}" if self.code else f"{where}{self.message}"

    @property
    def error(self) -> dict[str, object]:
        """The AthenaError block."""
        kind = self.kind or _TYPES.get(self.code or "PERMISSION_DENIED", OTHER_USER_ERROR)
        return {"ErrorCategory": self.category, "ErrorType": kind, "Retryable": False, "ErrorMessage": self.reason}


def not_supported(what: str) -> QueryFailure:
    """Something that Athena may do but its stand-in does not. Says so, instead of a different answer."""
    return QueryFailure("NOT_SUPPORTED", f"{what} (the local Athena does not do this; AWS may)")


def no_permission(detail: str) -> QueryFailure:
    """A right that the caller lacks."""
    return QueryFailure("", f"Insufficient permissions to execute the query. {detail}")
