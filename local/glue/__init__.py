"""Glue jobs at home: real PySpark, the script and arguments as deployed, the job's role.

`runs.py` answers the API (start, stop, concurrency, what is refused), `runner.py` takes one run from its files to its
state, `spark.py` makes the command, `arguments.py` reads Glue's own arguments, `logs.py` writes to CloudWatch Logs,
`failure.py` finds the line that says why. Crawlers, triggers and workflows, which the emulator only pretends to run,
are refused.
"""

from local.glue import runs


def plug_in() -> None:
    """Let Glue jobs run."""
    runs.plug_in()
