"""The control plane (boto3's `keyspaces`). Each operation needs the right that AWS asks for it (`local/iam/keyspaces_resources.py`)."""

import json
import re
from collections.abc import Callable
from typing import Any

from ministack.core.concurrency import run_reentrant
from ministack.core.responses import error_response_json, get_account_id, json_response
from ministack.core.router import extract_access_key_id

from local import checkpoint
from local.errors import HomeError
from local.keyspaces import operations, properties, rights, store
from local.keyspaces.errors import Invalid, KeyspacesError, Missing
from local.keyspaces.store import Keyspace, Table

Request = dict[str, Any]
SYSTEM = ("system", "system_schema", "system_schema_mcs")  # AWS lists its own as well
_ARN = re.compile(r"arn:aws:cassandra:[^:]*:\d*:/keyspace/([^/]+)/(?:table/([^/]+))?")


async def handle_request(_method: str, _path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
    """Answer a request, on a thread of its own: the first keyspace starts Cassandra."""
    name, key = headers.get("x-amz-target", "").rpartition(".")[2], extract_access_key_id(headers, query)
    return await run_reentrant(_answer, name, body, key, thread_name="keyspaces-request")


def _answer(name: str, body: bytes, key: str) -> Any:
    operation = OPERATIONS.get(name)
    if operation is None:
        return error_response_json("ValidationException", f"{name}: the local home does not have this operation of Keyspaces", 400)
    try:
        request = json.loads(body or b"{}")
        if name.startswith(("Create", "Update")):
            path = f"/keyspace/{request['keyspaceName']}/" + (f"table/{request['tableName']}" if "tableName" in request else "")
            rights.require_all(key, request, arn=rights.arn(path))
        return json_response(operation(request))
    except PermissionError as error:
        return error_response_json("AccessDeniedException", str(error), 400)
    except KeyspacesError as error:
        return error_response_json(error.code, str(error), error.status)
    except KeyError as error:
        return error_response_json("ValidationException", f"missing: {error}", 400)
    except (HomeError, ValueError) as error:
        status = 500 if isinstance(error, HomeError) else 400
        return error_response_json("InternalServerException" if status == 500 else "ValidationException", str(error), status)


def _create_keyspace(request: Request) -> Request:
    replication = request.get("replicationSpecification") or {}
    if replication.get("replicationStrategy", "SINGLE_REGION") != "SINGLE_REGION":
        raise Invalid("replicationSpecification: the local home has one region")
    return {"resourceArn": operations.create_keyspace(request["keyspaceName"], tags=properties.tags(request.get("tags"))).arn}


def _delete_keyspace(request: Request) -> Request:
    operations.delete_keyspace(request["keyspaceName"])
    return {}


def _get_keyspace(request: Request) -> Request:
    return _keyspace(operations.keyspace(request["keyspaceName"]))


def _list_keyspaces(request: Request) -> Request:
    found = [*map(Keyspace, SYSTEM), *(store.keyspaces[name] for name in sorted(store.keyspaces))]
    return _page("keyspaces", [_keyspace(each) for each in found], request=request)


def _create_table(request: Request) -> Request:
    return {"resourceArn": operations.create_table(request).arn}


def _update_table(request: Request) -> Request:
    return {"resourceArn": operations.update_table(request).arn}


def _delete_table(request: Request) -> Request:
    operations.delete_table(request["keyspaceName"], request["tableName"])
    return {}


def _get_table(request: Request) -> Request:
    found = operations.table(request["keyspaceName"], request["tableName"])
    recovery: Request = {"status": "ENABLED" if found.recovery_since else "DISABLED"}
    if found.recovery_since:
        recovery["earliestRestorableTimestamp"] = found.recovery_since
    on_demand = found.capacity["throughputMode"] == store.PAY_PER_REQUEST
    since = {"lastUpdateToPayPerRequestTimestamp": found.capacity_since} if on_demand else {}
    told = _table(found) | {
        "creationTimestamp": found.created,
        "status": found.status,
        "schemaDefinition": operations.columns(found),
        "capacitySpecification": found.capacity | since,
        "encryptionSpecification": found.encryption,
        "pointInTimeRecovery": recovery,
        "defaultTimeToLive": found.default_ttl,
        "comment": {"message": found.comment},
    }
    return told | {name: {"status": "ENABLED"} for name, on in (("ttl", found.ttl), ("clientSideTimestamps", found.timestamps)) if on}


def _list_tables(request: Request) -> Request:
    where = operations.keyspace(request["keyspaceName"]).name
    return _page("tables", [_table(each) for each in store.tables_of(where)], request=request)


def _list_tags(request: Request) -> Request:
    held = _by_arn(request["resourceArn"]).tags
    return _page("tags", [{"key": key, "value": held[key]} for key in sorted(held)], request=request)


def _tag(request: Request) -> Request:
    _by_arn(request["resourceArn"]).tags.update(properties.tags(request["tags"]))
    checkpoint.soon("keyspaces")
    return {}


def _untag(request: Request) -> Request:
    held = _by_arn(request["resourceArn"]).tags
    for key in properties.tags(request["tags"]):
        held.pop(key, None)
    checkpoint.soon("keyspaces")
    return {}


def _by_arn(arn: str) -> Keyspace | Table:
    found = _ARN.fullmatch(arn)
    if not found or f":{get_account_id()}:" not in arn:
        raise Missing(f"Resource not found: {arn}")
    return operations.table(found[1], found[2]) if found[2] else operations.keyspace(found[1])


def _keyspace(found: Keyspace) -> Request:
    return {"keyspaceName": found.name, "resourceArn": found.arn, "replicationStrategy": "SINGLE_REGION"}


def _table(found: Table) -> Request:
    return {"keyspaceName": found.keyspace, "tableName": found.name, "resourceArn": found.arn}


def _page(name: str, found: list[Request], *, request: Request) -> Request:
    begin, most = int(request.get("nextToken") or 0), int(request.get("maxResults") or 1000)
    more = {"nextToken": str(begin + most)} if begin + most < len(found) else {}
    return {name: found[begin : begin + most], **more}


OPERATIONS: dict[str, Callable[[Request], Request]] = {
    "CreateKeyspace": _create_keyspace,
    "DeleteKeyspace": _delete_keyspace,
    "GetKeyspace": _get_keyspace,
    "ListKeyspaces": _list_keyspaces,
    "CreateTable": _create_table,
    "UpdateTable": _update_table,
    "DeleteTable": _delete_table,
    "GetTable": _get_table,
    "ListTables": _list_tables,
    "ListTagsForResource": _list_tags,
    "TagResource": _tag,
    "UntagResource": _untag,
}
