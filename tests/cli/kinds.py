"""Types that tests of the command line share."""

from collections.abc import Callable

from typer.testing import Result

Mill = Callable[..., Result]
