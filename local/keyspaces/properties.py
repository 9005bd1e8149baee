"""Properties of tables: as the control plane and CloudFormation name them, checked, and as CQL's CUSTOM_PROPERTIES name them."""

import json
import time
from collections.abc import Callable
from typing import Any

from ministack.services import kms

from local.functions.rights import key_arn, usable
from local.keyspaces.errors import Invalid
from local.keyspaces.store import CUSTOMER_KEY, PAY_PER_REQUEST, Table

LONGEST_TTL = 630_720_000
NOT_AT_HOME = ("autoScalingSpecification", "replicaSpecifications", "cdcSpecification", "warmThroughputSpecification")
_SWITCHES = {"point_in_time_recovery": "pointInTimeRecovery", "client_side_timestamps": "clientSideTimestamps", "ttl": "ttl"}
_IN_CQL = {*_SWITCHES, "capacity_mode", "encryption_specification"}
Request = dict[str, Any]


def changes(table: Table, request: Request) -> list[Callable[[], None]]:
    """What a CreateTable or UpdateTable request changes of a table, to be called once Cassandra has agreed. Raises Invalid."""
    for name in NOT_AT_HOME:
        if request.get(name):
            raise Invalid(f"{name}: the local home does not do this for tables; leave it out")
    return [read(table, request[name]) for name, read in _READ.items() if name in request]


def from_cql(properties: dict[str, str]) -> Request:
    """CUSTOM_PROPERTIES and TAGS of a CQL statement as a request of the control plane. Raises Invalid for what Keyspaces does not know."""
    for name in properties:
        if name not in ("CUSTOM_PROPERTIES", "TAGS"):
            raise Invalid(f"{name}: the local home does not do this for tables; leave it out")
    given = _map(properties.get("CUSTOM_PROPERTIES", "{}"))
    unknown = sorted(set(given) - _IN_CQL)
    if unknown:
        raise Invalid(f"Unknown custom property {unknown[0]}")
    request: Request = {}
    if mode := given.get("capacity_mode"):
        request["capacitySpecification"] = {"throughputMode": mode.get("throughput_mode")} | {
            ours: int(mode[theirs])
            for ours, theirs in (("readCapacityUnits", "read_capacity_units"), ("writeCapacityUnits", "write_capacity_units"))
            if theirs in mode
        }
    if encryption := given.get("encryption_specification"):
        names = {"type": encryption.get("encryption_type"), "kmsKeyIdentifier": encryption.get("kms_key_identifier")}
        request["encryptionSpecification"] = {name: value for name, value in names.items() if value}
    for theirs, ours in _SWITCHES.items():
        if theirs in given:
            request[ours] = {"status": str(given[theirs].get("status", "")).upper()}
    if "TAGS" in properties:
        request["tags"] = [{"key": key, "value": value} for key, value in _map(properties["TAGS"]).items()]
    return request


def to_cql(table: Table) -> dict[str, dict[str, Any]]:
    """A table's properties as `system_schema_mcs.tables` shows them."""
    since = int(table.capacity_since * 1000)
    mode = {"throughput_mode": table.capacity["throughputMode"], "last_update_to_pay_per_request_timestamp": since}
    shown: dict[str, dict[str, Any]] = {
        "capacity_mode": mode,
        "encryption_specification": {"encryption_type": table.encryption["type"]},
        "point_in_time_recovery": {"status": "enabled" if table.recovery_since else "disabled"},
    }
    if table.encryption.get("kmsKeyIdentifier"):
        shown["encryption_specification"]["kms_key_identifier"] = table.encryption["kmsKeyIdentifier"]
    shown |= {name: {"status": "enabled"} for name, on in (("ttl", table.ttl), ("client_side_timestamps", table.timestamps)) if on}
    return shown


def tags(listed: list[dict[str, str]] | None) -> dict[str, str]:
    """Tags by key; both spellings, the control plane's and CloudFormation's."""
    return {str(t.get("key", t.get("Key"))): str(t.get("value", t.get("Value"))) for t in listed or []}


def _map(text: str) -> dict[str, Any]:
    """A CQL map of texts and maps."""
    try:
        found = json.loads(text.replace("'", '"'))
    except ValueError:
        raise Invalid(f"not a map: {text}") from None
    if not isinstance(found, dict):
        raise Invalid(f"not a map: {text}")
    return found


def _capacity(table: Table, given: Request) -> Callable[[], None]:
    mode, units = given.get("throughputMode"), {n: given.get(n) for n in ("readCapacityUnits", "writeCapacityUnits") if given.get(n)}
    if mode not in (PAY_PER_REQUEST, "PROVISIONED"):
        raise Invalid(f"throughputMode must be PAY_PER_REQUEST or PROVISIONED, not {mode}")
    if (mode == "PROVISIONED") != (len(units) == 2):
        raise Invalid("readCapacityUnits and writeCapacityUnits belong to the throughputMode PROVISIONED, both, and to no other")

    def change() -> None:
        table.capacity_since = time.time() if table.capacity["throughputMode"] != mode else table.capacity_since
        table.capacity = {"throughputMode": mode, **units}

    return change


def _encryption(table: Table, given: Request) -> Callable[[], None]:
    kind, key = given.get("type"), given.get("kmsKeyIdentifier")
    if kind not in (CUSTOMER_KEY, "AWS_OWNED_KMS_KEY") or (kind == CUSTOMER_KEY) != bool(key):
        raise Invalid("encryptionSpecification: a kmsKeyIdentifier belongs to the type CUSTOMER_MANAGED_KMS_KEY, and to no other")
    if key:
        _check_key(str(key))
    return lambda: setattr(table, "encryption", {"type": kind} | ({"kmsKeyIdentifier": key_arn(str(key))} if key else {}))


def _check_key(key: str) -> None:
    """Keyspaces takes symmetric keys that are there and enabled."""
    found = kms._resolve_key(key)
    if found is None:
        raise Invalid(f"The KMS key {key} does not exist")
    if not usable(key) or found.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        raise Invalid(f"The KMS key {found['Arn']} is not an enabled symmetric key: its state is {found.get('KeyState', 'Enabled')}")


def _recovery(table: Table, given: Request) -> Callable[[], None]:
    on = _switch("pointInTimeRecovery", given)
    return lambda: setattr(table, "recovery_since", (table.recovery_since or time.time()) if on else 0.0)


def _ttl(table: Table, given: Request) -> Callable[[], None]:
    if not _switch("ttl", given):
        raise Invalid("ttl: once a table has it, it cannot be taken away; the status is ENABLED")
    return lambda: setattr(table, "ttl", True)


def _timestamps(table: Table, given: Request) -> Callable[[], None]:
    if not _switch("clientSideTimestamps", given):
        raise Invalid("clientSideTimestamps: once a table has them, they cannot be taken away; the status is ENABLED")
    return lambda: setattr(table, "timestamps", True)


def _default_ttl(table: Table, seconds: Any) -> Callable[[], None]:
    if not 0 <= int(seconds) <= LONGEST_TTL:
        raise Invalid(f"defaultTimeToLive is between 0 and {LONGEST_TTL} seconds, not {seconds}")

    def change() -> None:
        table.default_ttl = int(seconds)
        table.ttl = table.ttl or table.default_ttl > 0

    return change


def _comment(table: Table, given: Request) -> Callable[[], None]:
    return lambda: setattr(table, "comment", str(given.get("message", "")))


def _switch(name: str, given: Request) -> bool:
    status = given.get("status")
    if status not in ("ENABLED", "DISABLED"):
        raise Invalid(f"{name}: the status is ENABLED or DISABLED, not {status}")
    return bool(status == "ENABLED")


_READ: dict[str, Callable[[Table, Any], Callable[[], None]]] = {
    "capacitySpecification": _capacity,
    "encryptionSpecification": _encryption,
    "pointInTimeRecovery": _recovery,
    "ttl": _ttl,
    "clientSideTimestamps": _timestamps,
    "defaultTimeToLive": _default_ttl,
    "comment": _comment,
}
