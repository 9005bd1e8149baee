"""People write zone names for databases; what runs, and what Athena says about it, differ by exactly those names."""

import subprocess
import sys
import textwrap

import pytest

from cli.zones import physical, readable

DATABASES = {zone: f"lakemill_dev_{zone}" for zone in ("raw", "cleaned", "curated", "quarantine")}

REWRITTEN = {
    "a table": ("select * from cleaned.calls", "select * from lakemill_dev_cleaned.calls"),
    "upper case": ("SELECT * FROM Cleaned.Calls", "SELECT * FROM lakemill_dev_cleaned.Calls"),
    "quoted names": ('select * from "cleaned"."calls"', 'select * from "lakemill_dev_cleaned"."calls"'),
    "an Iceberg metadata table": ('select * from cleaned."calls$files"', 'select * from lakemill_dev_cleaned."calls$files"'),
    "behind a catalog": ("select 1 from awsdatacatalog.raw.calls", "select 1 from awsdatacatalog.lakemill_dev_raw.calls"),
    "a join": (
        "select * from cleaned.calls c join curated.t using (id)",
        "select * from lakemill_dev_cleaned.calls c join lakemill_dev_curated.t using (id)",
    ),
    "a list of tables": ("select * from raw.a, cleaned.b", "select * from lakemill_dev_raw.a, lakemill_dev_cleaned.b"),
    "a subquery": ("select (select max(x) from raw.a) m", "select (select max(x) from lakemill_dev_raw.a) m"),
    "a column named in full": (
        "select cleaned.calls.x from cleaned.calls",
        "select lakemill_dev_cleaned.calls.x from lakemill_dev_cleaned.calls",
    ),
    "inside a WITH": ("with c as (select 1 from raw.a) select * from c", "with c as (select 1 from lakemill_dev_raw.a) select * from c"),
    "an insert": ("insert into curated.x select * from raw.y", "insert into lakemill_dev_curated.x select * from lakemill_dev_raw.y"),
    "a new table": ("create table curated.x as select 1 a", "create table lakemill_dev_curated.x as select 1 a"),
    "time travel": (
        "select 1 from cleaned.a for timestamp as of timestamp '2026-01-01 00:00:00 UTC'",
        "select 1 from lakemill_dev_cleaned.a for timestamp as of timestamp '2026-01-01 00:00:00 UTC'",
    ),
    "letters of several bytes before it": ("select 'é😀' from raw.a", "select 'é😀' from lakemill_dev_raw.a"),
    "show tables": ("show tables in cleaned", "show tables in lakemill_dev_cleaned"),
    "show columns": ("show columns in cleaned.calls", "show columns in lakemill_dev_cleaned.calls"),
    "show create table": ("SHOW CREATE TABLE curated.x", "SHOW CREATE TABLE lakemill_dev_curated.x"),
    "describe": ("describe cleaned.calls", "describe lakemill_dev_cleaned.calls"),
    "explain": (
        "explain select cleaned.x, cleaned.y from raw.a cleaned",
        "explain select cleaned.x, cleaned.y from lakemill_dev_raw.a cleaned",
    ),
    "optimize": ("optimize cleaned.a rewrite data using bin_pack", "optimize lakemill_dev_cleaned.a rewrite data using bin_pack"),
    "SQL that does not parse": ("select a b c from cleaned.calls", "select a b c from lakemill_dev_cleaned.calls"),
}

UNTOUCHED = {
    "a string": "select 'cleaned.calls' as x",
    "a comment": "select 1 -- from cleaned.calls\n/* join raw.calls */",
    "an alias's column": "select cleaned.x from t as cleaned",
    "a column of an alias that hides a zone": "select raw.calls.field from other.t as raw",
    "a WITH query's name": "with cleaned as (select 1 a) select cleaned.a from cleaned",
    "an array in an alias": "select i from t as raw cross join unnest(raw.items) as u(i)",
    "a table without a database": "select * from raw",
    "other databases": "select * from lakemill_prod_cleaned.calls, mycleaned.x",
    "a string in a statement without a tree": "show tables in other like 'raw.calls'",
    "an unfinished string": "select 'raw.calls",
    "nothing": "",
}


@pytest.mark.parametrize(("written", "sent"), REWRITTEN.values(), ids=REWRITTEN)
def test_a_zone_becomes_its_database(written: str, sent: str) -> None:
    assert physical(written, DATABASES) == sent


@pytest.mark.parametrize("sql", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_only_looks_like_a_zone_stays(sql: str) -> None:
    assert physical(sql, DATABASES) == sql


def test_a_shared_table_name_of_an_alias_does_not_hide_the_zone() -> None:
    sql = "select cleaned.calls.x from cleaned.calls, other.t cleaned"
    assert physical(sql, DATABASES) == "select cleaned.calls.x from lakemill_dev_cleaned.calls, other.t cleaned"


def test_messages_get_zone_names_back() -> None:
    assert readable("Table lakemill_dev_cleaned.calls does not exist", DATABASES) == "Table cleaned.calls does not exist"


def test_queries_asked_at_once_find_sqlglots_dialect_whole() -> None:
    """`mill report` asks from several threads; sqlglot hands out a dialect by name before its module has ended."""
    asked = """
        import threading, time
        from sqlglot.dialects import dialect
        from cli.zones import physical

        register = dialect._Dialect.__new__

        def slow(*given):
            made = register(*given)
            time.sleep(0.1)
            return made

        def ask():
            time.sleep(0.05 * next(turns))
            answers.append(physical("select 1 from raw.a", {"raw": "held"}))

        dialect._Dialect.__new__, turns, answers = slow, iter(range(20)), []
        threads = [threading.Thread(target=ask) for _ in range(20)]
        [thread.start() for thread in threads], [thread.join() for thread in threads]
        assert answers == ["select 1 from held.a"] * 20, answers
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(asked)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
