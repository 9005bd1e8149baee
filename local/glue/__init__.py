"""Glue at home: jobs as real PySpark, the script and arguments as deployed, under the job's role; and crawlers (`crawler/`).

`runs.py` answers the API (start, stop, concurrency, what is refused), `runner.py` takes one run from its files to its
state, `spark.py` makes the command, `credentials.py` renews what it works with, `arguments.py` reads Glue's own arguments,
`logs.py` writes to CloudWatch Logs, `failure.py` finds the line that says why. Triggers and workflows, which the emulator
only pretends to run, are refused. `versions.py` keeps the versions of tables, `operations.py` adds what the emulator's API
lacks.
"""

from local.glue import crawler, operations, runs, versions


def plug_in() -> None:
    """Let Glue jobs and crawlers run."""
    runs.plug_in()
    versions.plug_in()
    crawler.plug_in()
    operations.plug_in({**crawler.ADDED, "GetTableVersions": versions.listed, "GetTableVersion": versions.one})
