"""What a Glue request touches: catalog, database and table together; or a job, crawler, trigger, workflow or connection.

Listings without a pattern touch everything below (`table/DATABASE/*`), and deleting a database touches its tables and
functions, as AWS's guide for catalog permissions says.
"""

import re
from collections.abc import Iterator
from typing import Any

from local.iam.place import Place

_TABLE = re.compile(r"(Table|Partition|ColumnStatistics)")
_FUNCTION = re.compile(r"UserDefinedFunction")
_NAMED = {
    "Job": ("job", ("JobName", "Name")),
    "Crawler": ("crawler", ("Name", "CrawlerName")),
    "Crawls": ("crawler", ("CrawlerName",)),
    "Trigger": ("trigger", ("Name",)),
    "Workflow": ("workflow", ("Name",)),
}
_NOT_A_RESOURCE = ("SecurityConfiguration", "Classifier", "CatalogEncryptionSettings", "Script", "DataflowGraph")


def resources_of(operation: str, request: dict[str, Any], place: Place) -> Iterator[str]:
    """The ARNs of one request, the most telling last."""
    paths = _paths(operation, request)
    yield from (path if path in ("*",) or path.startswith("arn:") else place.arn("glue", path) for path in paths)


def _paths(operation: str, request: dict[str, Any]) -> list[str]:
    if request.get("ResourceArn") or any(kind in operation for kind in _NOT_A_RESOURCE):
        return [str(request.get("ResourceArn") or "*")]
    if _FUNCTION.search(operation) or _TABLE.search(operation):
        return _in_database(operation, request)
    if "Database" in operation:
        return _database(operation, request)
    if "Connection" in operation:
        name = request.get("Name") or request.get("ConnectionName") or (request.get("ConnectionInput") or {}).get("Name") or "*"
        return ["catalog", f"connection/{name}"]
    named = next((kind for word, kind in _NAMED.items() if word in operation), None)
    return [f"{named[0]}/{next((request[f] for f in named[1] if request.get(f)), '*')}"] if named else ["catalog"]


def _database(operation: str, request: dict[str, Any]) -> list[str]:
    name = request.get("Name") or (request.get("DatabaseInput") or {}).get("Name") or "*"
    below = [f"table/{name}/*", f"userDefinedFunction/{name}/*"] if operation == "DeleteDatabase" else []
    return ["catalog", *below, f"database/{name}"]


def _in_database(operation: str, request: dict[str, Any]) -> list[str]:
    database = request.get("DatabaseName") or "*"
    if _FUNCTION.search(operation):
        function = request.get("FunctionName") or (request.get("FunctionInput") or {}).get("FunctionName") or "*"
        return ["catalog", f"database/{database}", f"userDefinedFunction/{database}/{function}"]
    return ["catalog", f"database/{database}", *(f"table/{database}/{t}" for t in _tables(request))]


def _tables(request: dict[str, Any]) -> list[str]:
    if request.get("TablesToDelete"):
        return [str(t) for t in request["TablesToDelete"]]
    name = request.get("TableName") or (request.get("TableInput") or {}).get("Name") or request.get("Name")
    return [str(name or "*")]
