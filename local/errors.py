"""The one error the home raises for its own reasons (AWS errors keep their AWS names)."""


class HomeError(RuntimeError):
    """Something the home cannot do: says what, where, and what to do about it."""
