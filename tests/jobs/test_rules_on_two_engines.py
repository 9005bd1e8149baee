"""Rules say the same in Spark, where they are judged, and in DuckDB, which answers questions at home."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
import sqlglot

from lakemill import rules
from lakemill.datasets import dataset, declared
from lakemill.declare import Type

ROWS = 400
FIRST = datetime(2019, 3, 31, 1, 58)  # across an hour that summer time leaves out
NULL = 0.2


def value(chance: random.Random, type_: Type) -> Any:
    if chance.random() < NULL:
        return None
    match type_:
        case Type.TEXT:
            return chance.choice(["", "a", "0", "é", "C1", "A1", "POST"])
        case Type.DATE | Type.TIMESTAMP:
            return FIRST + timedelta(minutes=chance.randrange(4))
        case Type.BOOLEAN:
            return chance.random() < 0.5
        case Type.DECIMAL:
            return chance.choice([Decimal("-0.01"), Decimal("0"), Decimal("0.0001"), Decimal("9.99")])
        case _:
            return chance.choice([-1, 0, 1, 2, 3])


@pytest.mark.parametrize("name", [each.name for each in declared().values() if each.rules])
def test_every_rule_gives_the_same_verdicts_on_spark_and_duckdb_and_some_rows_break_it(spark: Any, name: str):
    of = dataset(name)
    chance = random.Random(5)
    rows = [(at, *(value(chance, column.type) for column in of.columns)) for at in range(ROWS)]
    columns = ", ".join(["number int", *(f"{column.name} {column.type}" for column in of.columns)])
    select = ["number", *(f"{each} as verdict_{at}" for at, each in enumerate([*rules.refusing(of), rules.warnings(of)]))]
    ours = [tuple(row) for row in spark.createDataFrame(rows, columns).selectExpr(*select).orderBy("number").collect()]

    home = duckdb.connect()
    home.execute(f"create table rows ({columns.replace('timestamp_ntz', 'timestamp').replace('string', 'text')})")
    home.executemany(f"insert into rows values ({', '.join(['?'] * (len(of.columns) + 1))})", rows)
    [query] = sqlglot.transpile(f"select {', '.join(select)} from rows order by number", read="spark", write="duckdb")
    assert home.execute(query).fetchall() == ours

    broken = {name for row in ours for verdict in row[1:] if verdict for name in verdict.removeprefix(rules.REASON).split(",")}
    assert broken == {rule.name for rule in of.rules}
