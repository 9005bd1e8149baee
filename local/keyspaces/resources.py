"""AWS::Cassandra::Keyspace and AWS::Cassandra::Table: real keyspaces and tables, made as the control plane makes them.

Both are ACTIVE before their stack goes on. A change of keys or names is a replacement, which CloudFormation refuses for
what has a name of its own; columns can be added, not taken away or changed.
"""

from typing import Any

from ministack.services.cloudformation import provisioners

from local.cloudformation import waiting
from local.cloudformation.handlers import Made, Properties, add, refuse_others
from local.keyspaces import operations, properties, store
from local.keyspaces.errors import Missing

KEYSPACE, TABLE = "AWS::Cassandra::Keyspace", "AWS::Cassandra::Table"
_KEYSPACE_KNOWN = frozenset({"KeyspaceName", "Tags", "ReplicationSpecification"})
_SAME = {"ClientSideTimestampsEnabled", "PointInTimeRecoveryEnabled", "DefaultTimeToLive", "EncryptionSpecification", "BillingMode"}
_TABLE_KNOWN = frozenset({"KeyspaceName", "TableName", "PartitionKeyColumns", "ClusteringKeyColumns", "RegularColumns", "Tags", *_SAME})


def plug_in() -> None:
    """Add the types, and let them wait for Cassandra without holding up the home."""
    add(KEYSPACE, create=_create_keyspace, update=_update_keyspace, delete=_delete_keyspace)
    add(TABLE, create=_create_table, update=_update_table, delete=_delete_table)
    provisioners._REPLACING_PROPERTIES[KEYSPACE] = ("KeyspaceName",)
    provisioners._REPLACING_PROPERTIES[TABLE] = ("KeyspaceName", "TableName", "PartitionKeyColumns", "ClusteringKeyColumns")
    provisioners._CUSTOM_NAME_REPLACEMENT[TABLE] = {"name": ("KeyspaceName", "TableName")}
    provisioners._STACK_TAG_PROPERTY.update({KEYSPACE: ("Tags", "list"), TABLE: ("Tags", "list")})
    waiting.KINDS.update((KEYSPACE, TABLE))


def _create_keyspace(logical_id: str, given: Properties, stack: str) -> Made:
    refuse_others(KEYSPACE, given, known=_KEYSPACE_KNOWN)
    if (given.get("ReplicationSpecification") or {}).get("ReplicationStrategy", "SINGLE_REGION") != "SINGLE_REGION":
        raise ValueError(f"{KEYSPACE}: the local home has one region; leave ReplicationSpecification out")
    name = given.get("KeyspaceName") or provisioners._physical_name(stack, logical_id, max_len=48).replace("-", "_")
    made = operations.create_keyspace(name, tags=properties.tags(given.get("Tags")))
    operations.await_active(lambda: made.status)
    return name, {}


def _update_keyspace(name: str, _old: Properties, new: Properties, _stack: str) -> Made:
    refuse_others(KEYSPACE, new, known=_KEYSPACE_KNOWN)
    operations.keyspace(name).tags = properties.tags(new.get("Tags"))
    operations.changed()
    return name, {}


def _delete_keyspace(name: str, _given: Properties) -> None:
    if name in store.keyspaces:
        operations.delete_keyspace(name)


def _create_table(logical_id: str, given: Properties, stack: str) -> Made:
    refuse_others(TABLE, given, known=_TABLE_KNOWN)
    name = given.get("TableName") or provisioners._physical_name(stack, logical_id, max_len=48).replace("-", "_")
    schema = {
        "partitionKeys": [{"name": each["ColumnName"]} for each in given["PartitionKeyColumns"]],
        "clusteringKeys": [
            {"name": each["Column"]["ColumnName"], "orderBy": each.get("OrderBy", "ASC")}
            for each in given.get("ClusteringKeyColumns") or []
        ],
        "allColumns": _columns(
            [
                *given["PartitionKeyColumns"],
                *(each["Column"] for each in given.get("ClusteringKeyColumns") or []),
                *(given.get("RegularColumns") or []),
            ]
        ),
    }
    where = {"keyspaceName": given["KeyspaceName"], "tableName": name}
    tags = [{"key": key, "value": value} for key, value in properties.tags(given.get("Tags")).items()]
    made = operations.create_table({**where, **_request(given), "schemaDefinition": schema, "tags": tags})
    operations.await_active(lambda: made.status)
    return f"{made.keyspace}|{made.name}", {}


def _update_table(physical_id: str, old: Properties, new: Properties, _stack: str) -> Made:
    refuse_others(TABLE, new, known=_TABLE_KNOWN)
    keyspace, _, name = physical_id.partition("|")
    found = operations.table(keyspace, name)
    before, after = ({each["ColumnName"]: each["ColumnType"] for each in given.get("RegularColumns") or []} for given in (old, new))
    if any(after.get(column) != kind for column, kind in before.items()):
        raise ValueError(f"{TABLE} {keyspace}.{name}: columns can be added, not taken away or changed")
    added = [{"name": column, "type": kind} for column, kind in after.items() if column not in before]
    was, wanted = _request(old), _request(new)
    changes = {key: value for key, value in wanted.items() if was.get(key) != value} | ({"addColumns": added} if added else {})
    found.tags = properties.tags(new.get("Tags"))
    if changes:
        operations.update_table({"keyspaceName": keyspace, "tableName": name, **changes})
        operations.await_active(lambda: found.status)
    operations.changed()
    return physical_id, {}


def _delete_table(physical_id: str, _given: Properties) -> None:
    keyspace, _, name = physical_id.partition("|")
    try:
        found = operations.table(keyspace, name)
    except Missing:
        return
    operations.delete_table(keyspace, name)
    operations.await_gone(found)


def _request(given: Properties) -> dict[str, Any]:
    """Properties as the control plane takes them; what is left out of a template has AWS's default."""
    billing = given.get("BillingMode") or {}
    capacity: dict[str, Any] = {"throughputMode": _mode(billing.get("Mode", "ON_DEMAND"))}
    for ours, theirs in (("readCapacityUnits", "ReadCapacityUnits"), ("writeCapacityUnits", "WriteCapacityUnits")):
        if units := (billing.get("ProvisionedThroughput") or {}).get(theirs):
            capacity[ours] = int(units)
    encryption = given.get("EncryptionSpecification") or {"EncryptionType": "AWS_OWNED_KMS_KEY"}
    request: dict[str, Any] = {
        "capacitySpecification": capacity,
        "encryptionSpecification": {"type": encryption["EncryptionType"]}
        | ({"kmsKeyIdentifier": encryption["KmsKeyIdentifier"]} if encryption.get("KmsKeyIdentifier") else {}),
        "pointInTimeRecovery": {"status": "ENABLED" if _true(given.get("PointInTimeRecoveryEnabled")) else "DISABLED"},
        "defaultTimeToLive": int(given.get("DefaultTimeToLive") or 0),
    }
    if "ClientSideTimestampsEnabled" in given:
        request["clientSideTimestamps"] = {"status": "ENABLED" if _true(given["ClientSideTimestampsEnabled"]) else "DISABLED"}
    return request


def _mode(given: str) -> str:
    return {"ON_DEMAND": "PAY_PER_REQUEST", "PROVISIONED": "PROVISIONED"}.get(given, given)


def _columns(given: list[dict[str, str]]) -> list[dict[str, str]]:
    return [{"name": each["ColumnName"], "type": each["ColumnType"]} for each in given]


def _true(given: Any) -> bool:
    return str(given).lower() == "true"
