"""What an Athena request touches: always a workgroup, also when the request names only a query."""

from collections.abc import Iterator
from typing import Any

from ministack.services import athena

from local.iam.place import Place

DEFAULT = "primary"
_EVERYTHING = ("ListWorkGroups", "ListDataCatalogs", "ListEngineVersions", "ListApplicationDPUSizes")
_CATALOG = ("GetDatabase", "ListDatabases", "GetTableMetadata", "ListTableMetadata", "GetDataCatalog")


def resources_of(operation: str, request: dict[str, Any], place: Place) -> Iterator[str]:
    """The ARNs of one request."""
    if operation in _EVERYTHING:
        yield "*"
    elif request.get("ResourceARN"):
        yield str(request["ResourceARN"])
    elif operation in _CATALOG:
        yield place.arn("athena", f"datacatalog/{request.get('CatalogName') or request.get('Name') or '*'}")
    else:
        yield from (place.arn("athena", f"workgroup/{name}") for name in _workgroups(operation, request))


def _workgroups(operation: str, request: dict[str, Any]) -> list[str]:
    if operation.endswith("WorkGroup"):
        return [request.get("WorkGroup") or request.get("Name") or DEFAULT]
    if "Ids" in (ids := "".join(k for k in request if k.endswith("Ids"))):
        return sorted({_of_query(str(i)) for i in request[ids]})
    if one := request.get("QueryExecutionId") or request.get("NamedQueryId"):
        return [_of_query(str(one))]
    return [request.get("WorkGroup") or DEFAULT]


def _of_query(identifier: str) -> str:
    known = athena._executions.get(identifier) or athena._named_queries.get(identifier) or {}
    return str(known.get("WorkGroup") or "*")
