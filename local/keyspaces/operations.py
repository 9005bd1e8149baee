"""What can be done to keyspaces and tables, whoever asks: the control plane, CloudFormation or a CQL statement.

Each is checked here, done by Cassandra and noted in the store. Cassandra starts with the first keyspace.
"""

import logging
import re
import threading
import time
from collections.abc import Callable
from typing import Any

from local import checkpoint
from local.errors import HomeError
from local.folder import read_private
from local.keyspaces import definitions, engine, properties, rights, store
from local.keyspaces.desk import QUESTIONS
from local.keyspaces.errors import Conflict, Invalid, Missing
from local.keyspaces.store import Keyspace, Table

NEVER_ACTIVE_SECONDS = 60
Request = dict[str, Any]
log = logging.getLogger("home.keyspaces")
_lock = threading.RLock()
_CONDITION = re.compile(r"\s*(CREATE|ALTER|DROP)\s+(TABLE|KEYSPACE)\s+IF\s+(?P<absent>NOT\s+)?EXISTS\b", re.IGNORECASE)


def create_keyspace(name: str, *, tags: dict[str, str], cql: str = "") -> Keyspace:
    """Make a keyspace."""
    definitions.name(name, of="keyspace")
    with _lock:
        if name in store.keyspaces:
            raise Conflict(f"Keyspace {name} already exists")
        engine.ask("execute", cql=cql or definitions.create_keyspace(name))
        made = store.keyspaces[name] = Keyspace(name, tags=tags)
        checkpoint.soon("keyspaces")
        return made


def delete_keyspace(name: str, *, cql: str = "") -> None:
    """Delete a keyspace, with its tables, as CQL does."""
    with _lock:
        keyspace(name)
        if any(table.status == "CREATING" for table in store.tables_of(name)):
            raise Conflict(f"Keyspace {name} has tables that are being created")
        engine.ask("execute", cql=cql or definitions.drop_keyspace(name))
        for table in store.tables_of(name):
            store.tables.pop((name, table.name), None)
        store.keyspaces.pop(name)
        checkpoint.soon("keyspaces")


def create_table(request: Request, *, cql: str = "") -> Table:
    """Make a table of a CreateTable request. With `cql`, a statement says what its columns are."""
    made = Table(keyspace(request["keyspaceName"]).name, definitions.name(request["tableName"], of="table"))
    with _lock:
        if store.table(made.keyspace, made.name):
            raise Conflict(f"Table {made.keyspace}.{made.name} already exists")
        for change in properties.changes(made, request):
            change()
        made.tags = properties.tags(request.get("tags"))
        engine.ask("execute", cql=cql or definitions.create_table(made, schema=request.get("schemaDefinition") or {}))
        made.begin("CREATING")
        store.tables[(made.keyspace, made.name)] = made
        _settle_ttl(made)
        engine.ask("forget")
        checkpoint.soon("keyspaces")
        return made


def update_table(request: Request, *, cql: str = "") -> Table:
    """Change a table's properties, or add columns."""
    with _lock:
        found = table(request["keyspaceName"], request["tableName"])
        _require_active(found)
        changes = properties.changes(found, request)
        if cql:
            engine.ask("execute", cql=cql)
        if request.get("addColumns"):
            engine.ask("execute", cql=definitions.add_columns(found.keyspace, found.name, columns=request["addColumns"]))
        if "defaultTimeToLive" in request:
            engine.ask("execute", cql=definitions.set_default_ttl(found.keyspace, found.name, seconds=request["defaultTimeToLive"]))
        for change in changes:
            change()
        _settle_ttl(found)
        found.begin("UPDATING")
        engine.ask("forget")
        checkpoint.soon("keyspaces")
        return found


def delete_table(keyspace_name: str, name: str, *, cql: str = "") -> None:
    """Delete a table."""
    with _lock:
        found = table(keyspace_name, name)
        _require_active(found)
        engine.ask("execute", cql=cql or definitions.drop_table(found.keyspace, found.name))
        found.begin("DELETING")
        engine.ask("forget")
        checkpoint.soon("keyspaces")


def keyspace(name: str) -> Keyspace:
    """A keyspace that is there. Raises Missing."""
    found = store.keyspaces.get(name)
    if found is None:
        raise Missing(f"Keyspace not found: {name}")
    return found


def table(keyspace_name: str, name: str) -> Table:
    """A table that is there. Raises Missing."""
    keyspace(keyspace_name)
    found = store.table(keyspace_name, name)
    if found is None:
        raise Missing(f"Table not found: {keyspace_name}.{name}")
    return found


def columns(found: Table) -> dict[str, Any]:
    """A table's columns as Cassandra has them; none while it is deleted."""
    about = engine.ask("schema").get(found.keyspace, {}).get(found.name)
    return definitions.schema_definition(about) if about else {"allColumns": [], "partitionKeys": []}


def await_active(status: Callable[[], str]) -> None:
    """Wait until something is ACTIVE, as CloudFormation does."""
    until = time.monotonic() + NEVER_ACTIVE_SECONDS
    while status() != "ACTIVE":
        if time.monotonic() > until:
            raise Invalid(f"not ACTIVE after {NEVER_ACTIVE_SECONDS} s but {status()}")
        time.sleep(0.05)


def await_gone(found: Table) -> None:
    """Wait until a deletion has ended, as CloudFormation does."""
    while not found.gone:
        time.sleep(0.05)


def changed() -> None:
    """Note that something of the store has changed."""
    checkpoint.soon("keyspaces")


def start_again() -> None:
    """Begin to start Cassandra for the keyspaces of the last time; a home without any does without. Who needs it waits for it."""

    def start() -> None:
        try:
            with _lock:
                store.settle(engine.ask("schema"))
        except (HomeError, ValueError, OSError) as error:
            log.error("keyspaces cannot be reached: %s", error)

    engine.untold()
    if store.keyspaces:
        threading.Thread(target=start, name="keyspaces-start", daemon=True).start()


def variables() -> dict[str, str]:
    """The environment variables by which a job finds Cassandra, once it answers; none in a home without keyspaces."""
    return engine.variables() if store.keyspaces else {}


def _require_active(found: Table) -> None:
    if found.status != "ACTIVE":
        raise Conflict(f"Table {found.keyspace}.{found.name} is {found.status}, not ACTIVE")


def _settle_ttl(found: Table) -> None:
    about = engine.ask("schema")[found.keyspace][found.name]
    found.default_ttl, found.comment = int(about["ttl"]), str(about["comment"])
    found.ttl = found.ttl or found.default_ttl > 0


def _change(asked: dict[str, Any]) -> dict[str, Any]:
    """A definition by CQL, which the shim has read and IAM has let through."""
    if _is_so_already(asked):
        return {}
    request = properties.from_cql(asked["properties"])
    where = {"keyspaceName": asked["keyspace"], "tableName": asked["table"]}
    path = f"/keyspace/{asked['keyspace']}/" + (f"table/{asked['table']}" if asked["table"] else "")
    rights.require_all(asked["key"], request, arn=rights.arn(path))
    if asked["kind"] == "CREATE KEYSPACE":
        create_keyspace(asked["keyspace"], tags=properties.tags(request.get("tags")), cql=asked["cql"])
    elif asked["kind"] == "DROP KEYSPACE":
        delete_keyspace(asked["keyspace"], cql=asked["cql"])
    elif asked["kind"] == "CREATE TABLE":
        create_table(where | request, cql=asked["cql"])
    elif asked["kind"] == "ALTER TABLE":
        update_table(where | request, cql=asked["cql"])
    elif asked["kind"] == "DROP TABLE":
        delete_table(asked["keyspace"], asked["table"], cql=asked["cql"])
    else:
        raise Invalid(f"{asked['kind']} is not supported by the local home")
    return {}


def _is_so_already(asked: dict[str, Any]) -> bool:
    """Whether a statement asks for nothing: IF NOT EXISTS of what is there, IF EXISTS of what is not."""
    table, keyspace_name = asked["table"], asked["keyspace"]
    there = store.table(keyspace_name, table) is not None if table else keyspace_name in store.keyspaces
    condition = _CONDITION.match(asked["cql"])
    return condition is not None and there == bool(condition["absent"])


def _tables(_asked: dict[str, Any]) -> dict[str, Any]:
    known = [found for place in list(store.tables) if (found := store.table(*place))]
    return {
        "limits": read_private(engine.folder() / "limits.json"),
        "keyspaces": [{"keyspace": each.name, "status": each.status} for each in store.keyspaces.values()],
        "tables": [
            {
                "keyspace": each.keyspace,
                "table": each.name,
                "status": each.status,
                "ttl": each.ttl,
                "timestamps": each.timestamps,
                "created": int(each.created * 1000),
                "default_ttl": each.default_ttl,
                "properties": properties.to_cql(each),
            }
            for each in known
        ],
    }


def _may(asked: dict[str, Any]) -> dict[str, Any]:
    return {"refusal": rights.refusal(asked["key"], asked["action"], arn=rights.arn(asked["resource"]))}


QUESTIONS.update(login=lambda asked: rights.login(asked["nonce"], asked["fields"]), may=_may, change=_change, tables=_tables)
