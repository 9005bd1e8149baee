"""Athena at home: Trino SQL over the lake's Iceberg and Hive tables, executed by DuckDB with the caller's rights.

`plug_in` puts the API of queries in the place of ministack's; workgroups, named queries and catalogs stay ministack's.
"""


def plug_in() -> None:
    """Install the stand-in. Raises HomeError if the emulator is not the one it was written for."""
    from ministack.services import athena

    from local import seams
    from local.athena import service

    expected = "(method, path, headers, body, query_params)"
    seams.replace(athena, "handle_request", expected=expected, by=service.over(athena.handle_request))
