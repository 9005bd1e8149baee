"""Errors for people: one line that says what, where and what to do."""

import sys

from lakemill.declare import DeclarationError

_HERE = ("http://127.0.0.1", "http://localhost")
_ADVICE = (
    ("NoRegionError", "Set one, for example: export AWS_REGION=eu-west-1"),
    ("NoCredentialsError", "Log in to AWS first (for example: aws sso login), or set AWS_PROFILE"),
    ("ProfileNotFound", "Set AWS_PROFILE to one of those there are (aws configure list-profiles), or unset it"),
    ("ConnectionError", "Is AWS_REGION a region of AWS, and is there a network?"),
    ("HTTPClientError", "Is AWS_REGION a region of AWS, and is there a network?"),
)
_OTHERWISE = "Check the AWS settings of this shell"
_LOGIN = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch")
_LATER = ("Throttling", "ThrottlingException", "TooManyRequestsException", "SlowDown", "RequestLimitExceeded", "ServiceUnavailable")


class Problem(Exception):
    """What went wrong, and what the person can do about it. Ends the command with exit code 1.

    Where `what` has lines of its own, the advice stands below them.
    """

    def __init__(self, what: str, advice: str) -> None:
        self.what, self.advice = what, advice
        super().__init__(f"{what}\n{advice}" if "\n" in what else f"{what.rstrip('.')}. {advice}")


def explained(error: Exception) -> Problem | None:
    """The Problem that an error of the AWS libraries stands for; None for errors of any other kind."""
    botocore = sys.modules.get("botocore.exceptions")
    if isinstance(error, Problem):
        return error
    if botocore is None or not isinstance(error, botocore.BotoCoreError | botocore.ClientError):
        return None
    if isinstance(error, botocore.ClientError):
        return _refused(error.operation_name, error.response.get("Error", {}))
    if any(f'"{place}' in str(error) for place in _HERE):
        return Problem(str(error), "Is the home up? See: mill status")
    return Problem(str(error), next((advice for kind, advice in _ADVICE if isinstance(error, getattr(botocore, kind))), _OTHERWISE))


def on_this_machine(error: Exception) -> Problem | None:
    """The Problem that an error of a declaration or a file stands for; None for errors of any other kind."""
    if isinstance(error, DeclarationError):
        return Problem(str(error), "Mend that file, then try again")
    if isinstance(error, OSError) and error.filename and error.strerror:
        return Problem(f"{error.filename}: {error.strerror}", "Look whether it is there, and whether you may read and write it")
    return None


def _refused(operation: str, error: dict[str, str]) -> Problem:
    code, message = error.get("Code", "Unknown"), error.get("Message", "").rstrip(".")
    return Problem(f"{operation} was refused: {message or code} ({code})", _after(operation, code))


def _after(operation: str, code: str) -> str:
    """What to do after a refusal."""
    if "denied" in code.lower() or "unauthorized" in code.lower():
        return "Use credentials that may do this, or ask who runs the platform"
    if code in _LOGIN:
        return "Log in to AWS again (for example: aws sso login)"
    if code in _LATER:
        return "Wait a minute, then try again"
    if (operation, code) == ("StartQueryExecution", "InvalidRequestException"):
        return "Mend the SQL, then ask again"
    return "What there is: mill status. Where it came from: LAKEMILL_TRACE=1"
