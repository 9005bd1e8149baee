"""The answer of a statement that writes: no rows, one column that nobody fills, and the number of rows written."""

import duckdb

from local.athena.column_types import column_info
from local.athena.engine import Answer


def counted(rows: int, written: tuple[str, ...] = (), *, manifest: bool = False) -> Answer:
    """The answer of a statement that wrote `rows` rows into the files `written`."""
    return Answer([column_info("rows", duckdb.sqltype("BIGINT"))], iter(()), updated=rows, written=written, manifest=manifest, body=False)
