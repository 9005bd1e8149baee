"""What a request to Keyspaces touches, and the right it takes: IAM knows `cassandra:Select`, not the names of operations."""

from typing import Any

from local.iam.place import Place

ACTIONS = {
    "Create": ("CreateKeyspace", "CreateTable"),
    "Alter": ("UpdateKeyspace", "UpdateTable"),
    "Drop": ("DeleteKeyspace", "DeleteTable"),
    "Select": ("GetKeyspace", "GetTable", "ListKeyspaces", "ListTables", "ListTagsForResource"),
    "TagResource": ("TagResource",),
    "UntagResource": ("UntagResource",),
    "Restore": ("RestoreTable",),
}
ACTION_OF = {f"cassandra:{operation}": f"cassandra:{action}" for action, operations in ACTIONS.items() for operation in operations}


def resources_of(_operation: str, request: dict[str, Any], place: Place) -> list[str]:
    """The keyspace or table of one request."""
    if request.get("resourceArn"):
        return [str(request["resourceArn"])]
    if not request.get("keyspaceName"):
        return [place.arn("cassandra", "/keyspace/*")]
    where = f"/keyspace/{request['keyspaceName']}/"
    return [place.arn("cassandra", f"{where}table/{request['tableName']}" if request.get("tableName") else where)]
