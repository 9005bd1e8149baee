"""Prepared statements: a statement with question marks under a name in a workgroup.

PREPARE, EXECUTE and DEALLOCATE call the same API that a program calls, with the caller's rights, so that IAM decides about
athena:CreatePreparedStatement and its like. The statements are in ministack's store and survive a restart with it.
"""

import re
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError
from ministack.services import athena

from local.athena import forms, workgroups
from local.athena.engine import Answer
from local.athena.failures import QueryFailure, Refusal, Unknown, no_permission
from local.athena.job import Job
from local.athena.parse import parse, read
from local.athena.statement import Statement

MOST = 1000
PAGE = 50
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_@:]{0,255}")
Request = dict[str, Any]


def prepare(job: Job) -> Answer:
    """PREPARE. Raises QueryFailure."""
    named = {"StatementName": job.statement.arguments["name"], "WorkGroup": job.terms.workgroup}
    _asked(job.caller.athena.create_prepared_statement, **named, QueryStatement=job.statement.arguments["statement"])
    return Answer([], iter(()), updated=None)


def deallocate(job: Job) -> Answer:
    """DEALLOCATE PREPARE. Raises QueryFailure."""
    named = {"StatementName": job.statement.arguments["name"], "WorkGroup": job.terms.workgroup}
    _asked(job.caller.athena.delete_prepared_statement, **named)
    return Answer([], iter(()), updated=None)


def statement_of(job: Job) -> Statement:
    """The statement that EXECUTE means, with its values in place. Raises QueryFailure."""
    named = {"StatementName": job.statement.arguments["name"], "WorkGroup": job.terms.workgroup}
    found = _asked(job.caller.athena.get_prepared_statement, **named)["PreparedStatement"]
    try:
        statement = parse(found["QueryStatement"], list(job.statement.parameters))
        workgroups.check_places(job.terms, statement)
        return statement
    except Refusal as refusal:
        raise QueryFailure("SYNTAX_ERROR" if refusal.code == "MALFORMED_QUERY" else "INVALID_PARAMETER_USAGE", refusal.message) from None


def _asked(operation: Any, **arguments: str) -> dict[str, Any]:
    try:
        return dict(operation(**arguments))
    except ClientError as error:
        found = error.response["Error"]
        if "AccessDenied" in found["Code"]:
            raise no_permission(found.get("Message", "")) from error
        raise QueryFailure("NOT_FOUND" if "NotFound" in found["Code"] else "SYNTAX_ERROR", found.get("Message", "")) from error


def create(request: Request) -> Request:
    """CreatePreparedStatement. Raises Refusal."""
    workgroup, name = _workgroup(request), str(request.get("StatementName") or "")
    if not _NAME.fullmatch(name):
        raise Refusal(f"Statement name {name!r} is not letters, digits, _, @ and : of at most 256 characters", "INVALID_INPUT")
    if f"{workgroup}/{name}" in athena._prepared_statements:
        raise Refusal(f"PreparedStatement {name} already exists in WorkGroup {workgroup}", "INVALID_INPUT")
    if sum(1 for each in list(athena._prepared_statements.values()) if each["WorkGroupName"] == workgroup) >= MOST:
        raise Refusal(f"WorkGroup {workgroup} has {MOST} prepared statements, and may have no more", "INVALID_INPUT")
    _keep(workgroup, name, request)
    return {}


def update(request: Request) -> Request:
    """UpdatePreparedStatement. Raises Refusal, Unknown."""
    workgroup, name = _workgroup(request), str(request.get("StatementName") or "")
    if f"{workgroup}/{name}" not in athena._prepared_statements:
        raise Unknown(f"PreparedStatement {name} was not found in WorkGroup {workgroup}")
    _keep(workgroup, name, request)
    return {}


def get(request: Request) -> Request:
    """GetPreparedStatement. Raises Refusal, Unknown."""
    workgroup, name = _workgroup(request), request.get("StatementName")
    found = athena._prepared_statements.get(f"{workgroup}/{name}")
    if found is None:
        raise Unknown(f"No Prepared Statement with statement name {name} exists in WorkGroup {workgroup}")
    return {"PreparedStatement": found}


def batch_get(request: Request) -> Request:
    """BatchGetPreparedStatement. Raises Refusal."""
    workgroup, found, missing = _workgroup(request), [], []
    for name in request.get("PreparedStatementNames") or []:
        each = athena._prepared_statements.get(f"{workgroup}/{name}")
        if each is not None:
            found.append(each)
        else:
            text = f"No Prepared Statement with statement name {name} exists in WorkGroup {workgroup}"
            missing.append({"StatementName": name, "ErrorCode": "STATEMENT_NOT_FOUND", "ErrorMessage": text})
    return {"PreparedStatements": found, "UnprocessedPreparedStatementNames": missing}


def listed(request: Request) -> Request:
    """ListPreparedStatements, by name. Raises Refusal."""
    workgroup, most = _workgroup(request), int(request.get("MaxResults") or PAGE)
    if not 1 <= most <= PAGE:
        raise Refusal(f"MaxResults must be 1 to {PAGE}", "INVALID_INPUT")
    after = str(request.get("NextToken") or "")
    every = sorted((each for each in list(athena._prepared_statements.values()) if each["WorkGroupName"] == workgroup), key=_name)
    rest = [each for each in every if _name(each) > after]
    page = [{key: each[key] for key in ("StatementName", "LastModifiedTime")} for each in rest[:most]]
    return {"PreparedStatements": page} | ({"NextToken": page[-1]["StatementName"]} if len(rest) > most else {})


def delete(request: Request) -> Request:
    """DeletePreparedStatement. Raises Refusal, Unknown."""
    workgroup, name = _workgroup(request), request.get("StatementName")
    if athena._prepared_statements.pop(f"{workgroup}/{name}", None) is None:
        raise Unknown(f"PreparedStatement {name} was not found in WorkGroup {workgroup}")
    return {}


def _keep(workgroup: str, name: str, request: Request) -> None:
    text = str(request.get("QueryStatement") or "")
    forms.check_preparable(read(text))
    kept = {"StatementName": name, "WorkGroupName": workgroup, "QueryStatement": text, "LastModifiedTime": int(time.time())}
    described = {"Description": request["Description"]} if request.get("Description") else {}
    athena._prepared_statements[f"{workgroup}/{name}"] = kept | described


def _workgroup(request: Request) -> str:
    name = request.get("WorkGroup")
    if not name:
        raise Refusal(
            "1 validation error detected: Value null at 'workGroup' failed to satisfy constraint: Member must not be null", "INVALID_INPUT"
        )
    if name not in athena._workgroups:
        raise Refusal("WorkGroup is not found.", "INVALID_INPUT")
    return str(name)


def _name(each: dict[str, Any]) -> str:
    return str(each["StatementName"])


OPERATIONS: dict[str, Callable[[Request], Request]] = {
    "CreatePreparedStatement": create, "UpdatePreparedStatement": update, "GetPreparedStatement": get,
    "BatchGetPreparedStatement": batch_get, "ListPreparedStatements": listed, "DeletePreparedStatement": delete,
}  # fmt: skip
