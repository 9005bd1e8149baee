"""Which types of a query's columns go into which types of a table's, without a cast: Trino's rule for INSERT."""

from typing import Any

from local.athena.column_types import Text, decimal_of
from local.athena.trino import INTEGERS
from local.athena.writing.shape import trino_type

_WHOLE = ["tinyint", "smallint", "integer", "bigint"]
_WIDER = {
    "real": ("double",), "date": ("timestamp(0)", "timestamp(3)", "timestamp(6)"), "timestamp(0)": ("timestamp(3)", "timestamp(6)"),
    "timestamp(3)": ("timestamp(6)",),
}  # fmt: skip


def fits(given: Any, wanted: Any) -> bool:
    """Whether a value of the DuckDB type `given` may stand in a column of the DuckDB type `wanted`."""
    had, needed = trino_type(given), trino_type(wanted)
    if had.startswith("varchar") and needed.startswith("varchar"):
        return not isinstance(wanted, Text) or (isinstance(given, Text) and given.length <= wanted.length)
    if had in (needed, "unknown") or needed in _WIDER.get(had, ()):
        return True
    if had in _WHOLE and needed in _WHOLE:
        return _WHOLE.index(had) <= _WHOLE.index(needed)
    if had in _WHOLE and needed in ("real", "double"):
        return True
    return _decimal_fits(had, given, needed, wanted)


def _decimal_fits(had: str, given: Any, needed: str, wanted: Any) -> bool:
    into = decimal_of(str(wanted))
    digits = decimal_of(str(given)) or (INTEGERS.get(str(given)) if had in _WHOLE else None)
    if digits is None:
        return False
    if into is None:
        return needed in ("real", "double")
    return into[1] >= digits[1] and into[0] - into[1] >= digits[0] - digits[1]
