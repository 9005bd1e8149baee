"""What Amazon Keyspaces refuses is refused at home, with its error; what it allows works."""

import re
from typing import Any

import pytest
from cassandra import ConsistencyLevel, InvalidRequest, WriteTimeout
from cassandra.query import BatchStatement, BatchType, SimpleStatement

from tests.limits import limited
from tests.local.conftest import ROOT
from tests.local.keyspaces.conftest import INSERT, Keyspaces

UNSUPPORTED = (
    "TRUNCATE shop.lines",
    "CREATE INDEX ON shop.lines (description)",
    "CREATE MATERIALIZED VIEW shop.v AS SELECT * FROM shop.lines WHERE line IS NOT NULL PRIMARY KEY (line, invoice)",
    "CREATE FUNCTION shop.f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return a;'",
    "CREATE TRIGGER t ON shop.lines USING 'x'",
    "CREATE ROLE r",
    "SELECT count(*) FROM shop.lines",
    "SELECT max(line) FROM shop.lines WHERE invoice = 'a'",
    "SELECT DISTINCT invoice FROM shop.lines",
    "SELECT invoice FROM shop.lines PER PARTITION LIMIT 1",
    "SELECT invoice, line FROM shop.lines GROUP BY invoice",
)


@pytest.mark.parametrize("statement", UNSUPPORTED)
def test_what_keyspaces_has_not_is_refused(cql: Any, statement: str) -> None:
    with pytest.raises(InvalidRequest, match="is not yet supported"):
        cql.execute(statement)


@pytest.mark.parametrize("level", ["ONE", "LOCAL_ONE", "QUORUM", "ALL", "ANY", "EACH_QUORUM"])
def test_writes_take_local_quorum(cql: Any, level: str) -> None:
    statement = SimpleStatement("DELETE FROM shop.lines WHERE invoice = 'none'", consistency_level=getattr(ConsistencyLevel, level))
    with pytest.raises(InvalidRequest) as found:
        cql.execute(statement)
    expected = f"Consistency level {level} is not supported for this operation. Supported consistency levels are: LOCAL_QUORUM"
    assert expected in str(found.value)


def test_reads_take_one_local_one_and_local_quorum(cql: Any) -> None:
    for level in (ConsistencyLevel.ONE, ConsistencyLevel.LOCAL_ONE, ConsistencyLevel.LOCAL_QUORUM):
        assert cql.execute(SimpleStatement("SELECT line FROM shop.lines WHERE invoice = 'none'", consistency_level=level)).all() == []
    with pytest.raises(InvalidRequest, match="Supported consistency levels are: ONE, LOCAL_ONE, LOCAL_QUORUM"):
        cql.execute(SimpleStatement("SELECT line FROM shop.lines", consistency_level=ConsistencyLevel.QUORUM))


@pytest.mark.parametrize(("kind", "most"), [(BatchType.UNLOGGED, 30), (BatchType.LOGGED, 100)])
def test_batches_have_a_length(cql: Any, kind: BatchType, most: int) -> None:
    insert = cql.prepare(INSERT.replace("%s", "?"))

    def batch(lines: int) -> BatchStatement:
        made = BatchStatement(batch_type=kind, consistency_level=ConsistencyLevel.LOCAL_QUORUM)
        for line in range(lines):
            made.add(insert, (f"batch {kind}", line, "x"))
        return made

    cql.execute(batch(most))
    assert len(cql.execute("SELECT line FROM shop.lines WHERE invoice = %s", (f"batch {kind}",)).all()) == most
    with pytest.raises(InvalidRequest, match=f"at most {most}"):
        cql.execute(batch(most + 1))


def test_a_row_has_at_most_a_megabyte(cql: Any) -> None:
    insert = cql.prepare(INSERT.replace("%s", "?"))
    cql.execute(insert, ("large", 1, "x" * 1_000_000))
    for statement, values in ((insert, ("large", 2, "x" * 1_100_000)), (INSERT, ("large", 3, "x" * 1_100_000))):
        with pytest.raises(InvalidRequest, match="at most 1 MB"):
            cql.execute(statement, values)
    assert [row.line for row in cql.execute("SELECT line FROM shop.lines WHERE invoice = 'large'")] == [1]


def test_a_partition_takes_so_much_a_second(keyspaces: Keyspaces, cql: Any) -> None:
    insert = cql.prepare(INSERT.replace("%s", "?"))
    with limited(keyspaces.home.folder, queries=3000, units=10):
        futures = [cql.execute_async(insert, ("hot", line, "x" * 4000)) for line in range(100)]
        failed = [future for future in futures if _throttled(future)]
        cql.execute(insert, ("cool", 1, "other partitions are not held up"))
    stored = cql.execute("SELECT line FROM shop.lines WHERE invoice = 'hot'").all()
    assert failed
    assert len(stored) == len(futures) - len(failed), "what was throttled is not there"


def test_a_connection_takes_so_many_queries_a_second(keyspaces: Keyspaces, cql: Any) -> None:
    session = keyspaces.session(keyspaces.credentials())
    insert = session.prepare(INSERT.replace("%s", "?"))
    with limited(keyspaces.home.folder, queries=10, units=1000):
        futures = [session.execute_async(insert, (f"rate {line}", line, "x")) for line in range(200)]
        failed = [future for future in futures if _throttled(future)]
        assert cql.execute("SELECT line FROM shop.lines WHERE invoice = 'rate 0'") is not None, "another connection"
    assert failed


def test_the_limits_are_those_of_keyspaces() -> None:
    source = (ROOT / "engines/cassandra/shim/home/keyspaces/Rates.java").read_text()
    assert re.findall(r"static final int (QUERIES|UNITS) = (\d+);", source) == [("QUERIES", "3000"), ("UNITS", "1000")]


def _throttled(future: Any) -> bool:
    try:
        future.result()
    except WriteTimeout:
        return True
    return False


def test_timestamps_and_ttl_are_for_tables_that_have_them(keyspaces: Keyspaces, cql: Any) -> None:
    for using, says in (("TIMESTAMP 1", "Client-side timestamps are not enabled"), ("TTL 60", "TTL is not enabled")):
        with pytest.raises(InvalidRequest, match=says):
            cql.execute(f"INSERT INTO shop.lines (invoice, line) VALUES ('a', 1) USING {using}")
    keyspaces.table("timed", ttl={"status": "ENABLED"}, clientSideTimestamps={"status": "ENABLED"})
    cql.execute("INSERT INTO shop.timed (invoice, line, description) VALUES ('a', 1, 'x') USING TTL 600 AND TIMESTAMP 5")
    row = cql.execute("SELECT writetime(description) AS written, ttl(description) AS left FROM shop.timed").one()
    assert row.written == 5
    assert 0 < row.left <= 600


def test_cassandra_s_own_keyspaces_are_not_there_and_system_ones_not_writable(cql: Any) -> None:
    with pytest.raises(InvalidRequest, match="'system_auth' does not exist"):
        cql.execute("SELECT * FROM system_auth.roles")
    with pytest.raises(Exception, match="not user-modifiable"):
        cql.execute("INSERT INTO system.local (key) VALUES ('mine')")
    with pytest.raises(InvalidRequest, match="not user-modifiable"):
        cql.execute("DROP TABLE system_schema.tables")


def test_conditional_writes_work(cql: Any) -> None:
    statement = "INSERT INTO shop.lines (invoice, line) VALUES ('once', 1) IF NOT EXISTS"
    assert [cql.execute(statement).one()[0] for _ in range(2)] == [True, False]
