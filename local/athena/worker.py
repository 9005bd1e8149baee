"""Running queries: a few threads take them from a queue, so that many requests wait and the laptop does not.

Each query keeps the context of its request (ministack's account and region are context variables), has its own session
with the caller's clients, and ends as SUCCEEDED, FAILED or CANCELLED with its result file written first.
"""

import contextvars
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from local.athena import engine, executions, results, utility
from local.athena.caller import Caller
from local.athena.failures import QueryFailure
from local.athena.parse import Statement
from local.athena.workgroups import Terms

AT_ONCE = 4
_IN_MEMORY = 8 << 20
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
        session.connection.interrupt()


def _run(task: Task) -> None:
    if not executions.begin(task.record):
        return
    began = time.monotonic()
    scanned, failure = 0, None
    try:
        scanned = _answer(task)
    except QueryFailure as found:
        failure = found
    except Exception as error:  # the home must not lose a query to a mistake of its own: it fails and says so
        traceback.print_exc()
        failure = QueryFailure("GENERIC_INTERNAL_ERROR", f"{type(error).__name__}: {error}")
    with _guard:
        session = _sessions.pop(task.query_id, None)
    if session is not None:
        scanned = session.files.scanned
        session.connection.close()
    state = "SUCCEEDED" if failure is None else "CANCELLED" if failure.message.startswith("Query cancelled") else "FAILED"
    executions.end(task.record, state, failure=failure, scanned=scanned, engine_millis=int((time.monotonic() - began) * 1000))


def _answer(task: Task) -> int:
    if task.statement.failure is not None:
        raise task.statement.failure
    session = engine.Session(task.caller.s3, task.caller.glue, task.database, task.terms.cutoff)
    with _guard:
        _sessions[task.query_id] = session
    if task.record["Status"]["State"] in executions.FINAL:  # stopped between its begin and its session
        raise QueryFailure("", "Query cancelled by user")
    answer = engine.run(session, task.statement) if task.statement.name == "SELECT" else utility.run(session, task.statement)
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
        if task.statement.suffix == ".csv":
            results.write_csv(body, [column["Name"] for column in answer.columns], answer.rows)
        else:
            results.write_text(body, answer.rows)
        results.upload(task.caller.s3, task.record["ResultConfiguration"]["OutputLocation"], body, task.terms.encryption)
    task.record["_columns"] = answer.columns
    return session.files.scanned
