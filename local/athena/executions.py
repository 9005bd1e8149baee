"""The record of a query: created QUEUED, then RUNNING, then SUCCEEDED, FAILED or CANCELLED, with measured statistics.

Records live in ministack's own store (so they survive a restart with it) in the shape of Athena's answer; keys with an
underscore stay inside. A query that was running when the home stopped is FAILED when somebody asks for it again.
"""

import threading
import time
from dataclasses import dataclass
from typing import Any

from ministack.services import athena

from local.athena.failures import QueryFailure, Refusal
from local.athena.statement import Statement
from local.athena.workgroups import Terms

Record = dict[str, Any]
_COUNTED = ("DataScannedInBytes", "EngineExecutionTimeInMillis", "TotalExecutionTimeInMillis", "QueryQueueTimeInMillis")
FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
_lock = threading.Lock()
_live: set[str] = set()


@dataclass(frozen=True)
class Measured:
    """What a run was measured to take: bytes read, time in the engine and, for queries over tables, time of planning."""

    scanned: int = 0
    engine_millis: int = 0
    planning_millis: int | None = None


NOTHING = Measured()


def create(query_id: str, statement: Statement, terms: Terms, request: dict[str, Any]) -> Record:
    """A new QUEUED record."""
    result = terms.result_configuration
    result["OutputLocation"] += statement.file.format(id=query_id)
    record: Record = {
        "QueryExecutionId": query_id,
        "Query": request["QueryString"],
        "StatementType": statement.kind,
        "SubstatementType": statement.name,
        "ResultConfiguration": result,
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": request.get("QueryExecutionContext") or {},
        "Status": {"State": "QUEUED", "SubmissionDateTime": time.time()},
        "Statistics": dict.fromkeys(_COUNTED, 0),
        "WorkGroup": terms.workgroup,
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
        "_columns": [],
        "_updated": 0,
        "_body": True,
        "_manifest": None,
    }
    if request.get("ExecutionParameters"):
        record["ExecutionParameters"] = request["ExecutionParameters"]
    _live.add(query_id)
    athena._executions[query_id] = record
    return record


def find(query_id: str | None) -> Record:
    """The record of a query. Raises Refusal if there is none."""
    if not query_id:
        raise Refusal("1 validation error detected: Value null at 'queryExecutionId' failed to satisfy constraint: Member must not be null")
    record: Record | None = athena._executions.get(query_id)
    if record is None:
        raise Refusal(f"QueryExecution {query_id} was not found", "QUERY_EXECUTION_NOT_FOUND")
    if record["Status"]["State"] not in FINAL and query_id not in _live:
        end(record, "FAILED", failure=QueryFailure("GENERIC_INTERNAL_ERROR", "The home was stopped while the query ran"))
    return record


def begin(record: Record) -> bool:
    """QUEUED -> RUNNING; False if it was cancelled before."""
    with _lock:
        if record["Status"]["State"] != "QUEUED":
            return False
        record["Status"]["State"] = "RUNNING"
    record["Statistics"]["QueryQueueTimeInMillis"] = _since(record)
    return True


def end(record: Record, state: str, *, failure: QueryFailure | None = None, measured: Measured = NOTHING) -> bool:
    """Close the record once; False if it was closed before (a cancelled query stays cancelled)."""
    with _lock:
        if record["Status"]["State"] in FINAL:
            return False
        status = {**record["Status"], "State": state, "CompletionDateTime": time.time()}
        if failure is not None:
            status["StateChangeReason"] = failure.reason
            if state == "FAILED":
                status["AthenaError"] = failure.error
        record["Statistics"] = _statistics(record, measured)
        record["Status"] = status
    _live.discard(record["QueryExecutionId"])
    return True


def shown(record: Record) -> Record:
    """The record as GetQueryExecution answers it."""
    return {key: value for key, value in record.items() if not key.startswith("_")}


def _statistics(record: Record, measured: Measured) -> dict[str, Any]:
    queued = record["Statistics"]["QueryQueueTimeInMillis"]
    total = _since(record)
    found = {
        "DataScannedInBytes": measured.scanned,
        "EngineExecutionTimeInMillis": measured.engine_millis,
        "QueryQueueTimeInMillis": queued,
        "ServicePreProcessingTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": max(0, total - queued - measured.engine_millis),
        "TotalExecutionTimeInMillis": total,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
    }
    planned = {} if measured.planning_millis is None else {"QueryPlanningTimeInMillis": measured.planning_millis}
    return found | planned | ({"DataManifestLocation": record["_manifest"]} if record.get("_manifest") else {})


def _since(record: Record) -> int:
    return int((time.time() - record["Status"]["SubmissionDateTime"]) * 1000)
