"""Running a statement: which module runs which."""

from collections.abc import Callable

from local.athena import definitions, engine, prepared, utility
from local.athena.column_types import text_column
from local.athena.engine import Answer
from local.athena.job import Job
from local.athena.writing import ctas, insert, unload


def run(job: Job) -> Answer:
    """The answer of a statement. Raises QueryFailure, also while rows are read."""
    if job.statement.failure is not None:
        raise job.statement.failure
    return _RUN.get(job.statement.name, utility.run)(job)


def _select(job: Job) -> Answer:
    return engine.run(job.session, job.statement)


def _execute(job: Job) -> Answer:
    return run(job.of(prepared.statement_of(job)))


def _explain(job: Job) -> Answer:
    engine.describe(job.session, job.statement)
    return Answer([text_column("Valid", 5)], iter([["true"]]), updated=None)


_RUN: dict[str, Callable[[Job], Answer]] = {
    "SELECT": _select,
    "EXECUTE": _execute,
    "EXPLAIN": _explain,
    "INSERT": insert.run,
    "UNLOAD": unload.run,
    "CREATE_TABLE_AS_SELECT": ctas.run,
    "CREATE_VIEW": definitions.create_view,
    "DROP_VIEW": definitions.drop_view,
    "DROP_TABLE": definitions.drop_table,
    "PREPARE": prepared.prepare,
    "DEALLOCATE": prepared.deallocate,
}
