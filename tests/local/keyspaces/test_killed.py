"""Cassandra that dies comes back by itself, with everything that it had acknowledged."""

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.conftest import Home, until
from tests.local.keyspaces.conftest import INSERT, Keyspaces, patient


def test_acknowledged_writes_are_there_after_a_kill(keyspaces: Keyspaces) -> None:
    session = keyspaces.session(keyspaces.credentials())
    insert = session.prepare(INSERT.replace("%s", "?"))
    acknowledged: list[int] = []
    enough = threading.Event()

    def write() -> None:
        try:
            for line in range(100_000):
                session.execute(insert, ("killed", line, "x"))
                acknowledged.append(line)
                if len(acknowledged) == 200:
                    enough.set()
        except Exception:
            return

    writer = threading.Thread(target=write)
    writer.start()
    assert enough.wait(120)
    killed = keyspaces.told["pid"]
    os.kill(killed, signal.SIGKILL)
    writer.join(120)
    until(lambda: keyspaces.told["pid"] != killed, seconds=180)
    again = keyspaces.session(keyspaces.credentials())
    found = {row.line for row in again.execute("SELECT line FROM shop.lines WHERE invoice = 'killed'")}
    assert set(acknowledged) <= found
    assert len(found) <= len(acknowledged) + 1, "at most the one that was under way"
    until(keyspaces.all_connected, seconds=60)


def test_the_home_finds_its_tables_again(keyspaces: Keyspaces) -> None:
    found: dict[str, Any] = keyspaces.api.get_table(keyspaceName="shop", tableName="lines")
    assert found["status"] == "ACTIVE"
    assert [c["name"] for c in found["schemaDefinition"]["partitionKeys"]] == ["invoice"]


@pytest.mark.slow
def test_a_killed_home_comes_back_with_its_keyspaces(new_home: Callable[..., Home]) -> None:
    made = new_home()
    first = Keyspaces(made, patient(made))
    first.api.create_keyspace(keyspaceName="shop")
    first.table("lines", pointInTimeRecovery={"status": "ENABLED"})
    session = first.session(first.credentials())
    session.execute(INSERT, ("kept", 1, "x"))
    session.cluster.shutdown()
    engine = first.told["pid"]
    made.process.kill()
    made.process.wait()
    again = new_home(made.folder)
    second = Keyspaces(again, patient(again))
    second.active("lines")
    assert second.told["pid"] != engine
    assert second.api.get_table(keyspaceName="shop", tableName="lines")["pointInTimeRecovery"]["status"] == "ENABLED"
    session = second.session(second.credentials())
    assert session.execute("SELECT description FROM shop.lines WHERE invoice = 'kept'").one().description == "x"
    session.cluster.shutdown()
