"""The Athena API over queries and prepared statements; the other operations stay ministack's.

Requests arrive on ministack's event loop; whatever blocks or calls the home again runs on a thread of its own. Errors have
Athena's shape: HTTP 400, InvalidRequestException, with an AthenaErrorCode.
"""

import json
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ministack.core.concurrency import run_reentrant
from ministack.core.responses import error_response_json, json_response, new_uuid
from ministack.services import athena

from local.athena import executions, prepared, results, utility, worker, workgroups
from local.athena.caller import Caller, caller_of
from local.athena.engine import Session
from local.athena.failures import QueryFailure, Refusal, Unknown
from local.athena.parse import parse

Request = dict[str, Any]
Response = tuple[Any, ...]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]
PAGE = 1000
_TOKEN_LENGTHS = range(32, 129)
_starting = threading.Lock()


def over(original: Handler) -> Handler:
    """A request handler that answers our operations and passes the others to `original`."""

    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]) -> Response:
        operation = _OPERATIONS.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if operation is None:
            return await original(method, path, headers, body, query_params)
        return await run_reentrant(_answer, operation, headers, body, query_params, thread_name="athena-request")  # type: ignore[no-any-return]

    return handle_request


def _answer(operation: Callable[[Request, Caller], Any], headers: dict[str, str], body: bytes, query_params: dict[str, Any]) -> Response:
    try:
        athena._ensure_default_workgroup()
        return json_response(operation(json.loads(body or b"{}"), caller_of(headers, query_params)))  # type: ignore[no-any-return]
    except Refusal as refusal:
        codes = {"AthenaErrorCode": refusal.code, "ErrorCode": refusal.code}
        return error_response_json("InvalidRequestException", refusal.message, 400, codes, message_key="Message")  # type: ignore[no-any-return]
    except Unknown as error:
        return error_response_json("ResourceNotFoundException", str(error), 400, message_key="Message")  # type: ignore[no-any-return]
    except PermissionError as error:
        return error_response_json("AccessDeniedException", str(error), 400)  # type: ignore[no-any-return]
    except json.JSONDecodeError:
        return error_response_json("SerializationException", "Invalid JSON", 400)  # type: ignore[no-any-return]


def _start(request: Request, caller: Caller) -> Request:
    text, token = request.get("QueryString") or "", request.get("ClientRequestToken")
    if not token:
        raise Refusal("clientRequestToken is null or empty", "INVALID_INPUT")
    if len(token) not in _TOKEN_LENGTHS:
        raise Refusal("clientRequestToken must be 32 to 128 characters long", "INVALID_INPUT")
    if earlier := _earlier(request, token):
        return {"QueryExecutionId": earlier["QueryExecutionId"]}
    terms = workgroups.terms(request)
    statement = parse(text, request.get("ExecutionParameters"))
    workgroups.check_places(terms, statement)
    utility.check(Session(caller.s3, caller.glue, (request.get("QueryExecutionContext") or {}).get("Database")), statement)
    with _starting:  # the same token twice at once is one query
        if earlier := _earlier(request, token):
            return {"QueryExecutionId": earlier["QueryExecutionId"]}
        record = executions.create(new_uuid(), statement, terms, request)
        record["_token"], record["_request"] = token, _identity(request)
    worker.submit(worker.Task(record, statement, terms, caller))
    return {"QueryExecutionId": record["QueryExecutionId"]}


def _earlier(request: Request, token: str) -> executions.Record | None:
    found = next((record for record in list(athena._executions.values()) if record.get("_token") == token), None)
    if found is not None and found["_request"] != _identity(request):
        raise Refusal("Idempotent parameters do not match", "IDEMPOTENT_PARAMETER_MISMATCH")
    return found


def _identity(request: Request) -> str:
    return json.dumps({key: value for key, value in request.items() if key != "ClientRequestToken"}, sort_keys=True)


def _get(request: Request, _: Caller) -> Request:
    return {"QueryExecution": executions.shown(executions.find(request.get("QueryExecutionId")))}


def _batch_get(request: Request, _: Caller) -> Request:
    found, missing = [], []
    for query_id in request.get("QueryExecutionIds") or []:
        try:
            found.append(executions.shown(executions.find(query_id)))
        except Refusal as refusal:
            missing.append({"QueryExecutionId": query_id, "ErrorCode": refusal.code, "ErrorMessage": refusal.message})
    return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}


def _stop(request: Request, _: Caller) -> Request:
    record = executions.find(request.get("QueryExecutionId"))
    cancelled = QueryFailure("", "Query cancelled by user")
    if executions.end(record, "CANCELLED", failure=cancelled):
        worker.cancel(record["QueryExecutionId"])
    return {}


def _results(request: Request, caller: Caller) -> Request:
    record = executions.find(request.get("QueryExecutionId"))
    limit = int(request.get("MaxResults") or PAGE)
    if limit > PAGE:
        raise Refusal(f"MaxResults is more than maximum allowed length {PAGE}", "INVALID_INPUT")
    _check_readable(record)
    query_id, token = record["QueryExecutionId"], request.get("NextToken")
    offset = results.offset_of(query_id, token) if token else 0
    page, following = _page(record, caller, offset, limit)
    rows = [{"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in page]
    answer: Request = {"ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": record["_columns"]}}}
    if record.get("_updated", 0) is not None:
        answer["UpdateCount"] = record.get("_updated", 0)
    return answer | ({"NextToken": results.token(query_id, following)} if following is not None else {})


def _page(record: executions.Record, caller: Caller, offset: int, limit: int) -> tuple[list[results.Row], int | None]:
    if not record.get("_body", True):
        return [], None
    return results.read_page(caller.s3, record["ResultConfiguration"]["OutputLocation"], offset, limit)


def _check_readable(record: executions.Record) -> None:
    state = record["Status"]["State"]
    if state in ("QUEUED", "RUNNING"):
        raise Refusal(f"Query has not yet finished. Current state: {state}", "INVALID_QUERY_EXECUTION_STATE")
    if state == "FAILED":
        raise Refusal("Query did not finish successfully. Final query state: FAILED", "INVALID_QUERY_EXECUTION_STATE")
    if state == "CANCELLED":
        raise Refusal("Could not find results", "RESULT_NOT_FOUND")


def _of_prepared(operation: Callable[[Request], Request], request: Request, _: Caller) -> Request:
    return operation(request)


_OPERATIONS: dict[str, Callable[[Request, Caller], Any]] = {
    "StartQueryExecution": _start,
    "GetQueryExecution": _get,
    "BatchGetQueryExecution": _batch_get,
    "GetQueryResults": _results,
    "StopQueryExecution": _stop,
    **{name: partial(_of_prepared, operation) for name, operation in prepared.OPERATIONS.items()},
}
