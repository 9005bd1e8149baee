"""Running queries: a few threads take them from a queue, so that many requests wait and the laptop does not.

Each query keeps the context of its request (ministack's account and region are context variables), has its own session
with the caller's clients, and ends as SUCCEEDED, FAILED or CANCELLED with its result file written first.
"""

import contextvars
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.athena import delivery, engine, executions
from local.athena.caller import Caller
from local.athena.failures import QueryFailure
from local.athena.job import Job
from local.athena.run import run
from local.athena.statement import Statement
from local.athena.workgroups import Terms

AT_ONCE = 4
_pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="athena")
_sessions: dict[str, engine.Session] = {}
_guard = threading.Lock()


@dataclass(frozen=True)
class Task:
    """A query to run: its record and everything it needs."""

    record: executions.Record
    statement: Statement
    terms: Terms
    caller: Caller

    @property
    def query_id(self) -> str:
        """The execution's id."""
        return str(self.record["QueryExecutionId"])

    @property
    def database(self) -> str | None:
        """The context's database."""
        found: str | None = self.record["QueryExecutionContext"].get("Database")
        return found


def submit(task: Task) -> None:
    """Queue a query."""
    _pool.submit(contextvars.copy_context().run, _run, task)


def cancel(query_id: str) -> None:
    """Stop a query that runs; queued ones never begin."""
    with _guard:
        session = _sessions.get(query_id)
    if session is not None:
        session.stop()


def _run(task: Task) -> None:
    if not executions.begin(task.record):
        return
    began = time.monotonic()
    session, failure = engine.Session(task.caller.s3, task.caller.glue, task.database, task.terms.cutoff), None
    with _guard:
        _sessions[task.query_id] = session
    try:
        _answer(task, session)
    except QueryFailure as found:
        failure = found
    except Exception as error:  # the home must not lose a query to a mistake of its own: it fails and says so
        traceback.print_exc()
        failure = QueryFailure("GENERIC_INTERNAL_ERROR", f"{type(error).__name__}: {error}")
    with _guard:
        _sessions.pop(task.query_id, None)
    session.connection.close()
    measured = executions.Measured(session.files.scanned, int((time.monotonic() - began) * 1000), session.planning_millis)
    state = "SUCCEEDED" if failure is None else "CANCELLED" if failure.message.startswith("Query cancelled") else "FAILED"
    executions.end(task.record, state, failure=failure, measured=measured)


def _answer(task: Task, session: engine.Session) -> None:
    if task.record["Status"]["State"] in executions.FINAL:  # stopped between its begin and its session
        raise QueryFailure("", "Query cancelled by user")
    location = task.record["ResultConfiguration"]["OutputLocation"]
    job = Job(task.query_id, task.statement, session, task.caller, task.terms, location)
    answer = run(job)
    task.record["_manifest"] = delivery.deliver(job, answer)
    task.record.update(_columns=answer.columns, _updated=answer.updated, _body=answer.body)
