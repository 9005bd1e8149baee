"""The control plane's errors, by AWS's names."""


class KeyspacesError(ValueError):
    """An answer that is an error: its name on AWS, and the status of the HTTP answer."""

    code, status = "ValidationException", 400


class Invalid(KeyspacesError):
    """ValidationException."""


class Missing(KeyspacesError):
    """ResourceNotFoundException."""

    code, status = "ResourceNotFoundException", 404


class Conflict(KeyspacesError):
    """ConflictException."""

    code, status = "ConflictException", 409


class Denied(KeyspacesError):
    """AccessDeniedException."""

    code, status = "AccessDeniedException", 400
