"""Versions of tables: UpdateTable keeps the definition it replaces, unless the caller says SkipArchive (Iceberg does).

AWS counts from 0 and shows the newest first, the table as it is among them.
"""

import copy
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, error_response_json, json_response
from ministack.services import glue

from local.seams import replace

Data = dict[str, Any]
_old = AccountRegionScopedDict()  # "database/table" -> definitions that were replaced, the newest first


def plug_in() -> None:
    """Keep versions with the emulator's own state."""
    glue._ALL_STATE["table_versions"] = _old

    def update(data: Data) -> Any:
        key = _key(data, (data.get("TableInput") or {}).get("Name"))
        before = copy.deepcopy(glue._tables.get(key))
        response = change(data)
        if response[0] < 400 and not data.get("SkipArchive"):
            _old[key] = [before, *_old.get(key, [])]
        return response

    def delete(data: Data) -> Any:
        _old.pop(_key(data, data.get("Name")), None)
        return remove(data)

    change = replace(glue, "_update_table", expected="(data)", by=update)
    remove = replace(glue, "_delete_table", expected="(data)", by=delete)


def listed(data: Data) -> Any:
    """GetTableVersions, by pages."""
    found = _all(data)
    if not found:
        return _missing(data)
    at, size = int(data.get("NextToken") or 0), int(data.get("MaxResults") or 100)
    more = {"NextToken": str(at + size)} if at + size < len(found) else {}
    return json_response({"TableVersions": [{"Table": each, "VersionId": each["VersionId"]} for each in found[at : at + size]], **more})


def one(data: Data) -> Any:
    """GetTableVersion: the one asked for, or the table as it is."""
    found = _all(data)
    wanted = data.get("VersionId")
    each = next((each for each in found if wanted in (None, each["VersionId"])), None)
    return json_response({"TableVersion": {"Table": each, "VersionId": each["VersionId"]}}) if each else _missing(data)


def _all(data: Data) -> list[Data]:
    key = _key(data, data.get("TableName"))
    return [glue._tables[key], *_old.get(key, [])] if key in glue._tables else []


def _key(data: Data, table: Any) -> str:
    return f"{data.get('DatabaseName')}/{table}"


def _missing(data: Data) -> Any:
    return error_response_json("EntityNotFoundException", f"Table {data.get('TableName')} not found.", 400)
