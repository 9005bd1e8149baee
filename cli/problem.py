"""Errors for people: one line that says what, where and what to do."""

import sys

_ADVICE = (
    ("NoRegionError", "Set one, for example: export AWS_REGION=eu-west-1"),
    ("NoCredentialsError", "Log in to AWS first (for example: aws sso login), or set AWS_PROFILE"),
    ("ConnectionError", "Is the home up? See: mill status"),
    ("HTTPClientError", "Is the home up? See: mill status"),
)
_OTHERWISE = "Check the AWS settings of this shell"


class Problem(Exception):
    """What went wrong, and what the person can do about it. Ends the command with exit code 1."""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(f"{what.rstrip('.')}. {advice}" if advice else what)


def explained(error: Exception) -> Problem | None:
    """The Problem that an error of the AWS libraries stands for; None for errors of any other kind."""
    botocore = sys.modules.get("botocore.exceptions")
    if isinstance(error, Problem):
        return error
    if botocore is None or not isinstance(error, botocore.BotoCoreError | botocore.ClientError):
        return None
    if isinstance(error, botocore.ClientError):
        return _refused(error.operation_name, error.response.get("Error", {}))
    return Problem(str(error), next((advice for kind, advice in _ADVICE if isinstance(error, getattr(botocore, kind))), _OTHERWISE))


def _refused(operation: str, error: dict[str, str]) -> Problem:
    code, message = error.get("Code", "Unknown"), error.get("Message", "").rstrip(".")
    denied = "denied" in code.lower() or "unauthorized" in code.lower()
    advice = "Use credentials that may do this, or ask who runs the platform" if denied else ""
    return Problem(f"{operation} was refused: {message or code} ({code})", advice)
