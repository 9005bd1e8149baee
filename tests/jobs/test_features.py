"""Customers' features: Spark's export and Athena's SQL against plain Python, and plain Python against what is known of the public data."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lake import Lake, script

from lakemill import features, models
from lakemill.datasets import wide
from lakemill.samples import sample
from lakemill.wide_rows import Row, rows
from tests.local.athena.conftest import Athena
from tests.local.conftest import Home, home  # noqa: F401  # home is a fixture
from tests.rfm import Customer, customers

RETAIL, TABLE = wide()["retail"], features.of(models.model("segments"))
PUBLIC = Path(__file__).parents[3] / "shared" / "data" / "retail" / "online_retail.csv.gz"
COLUMNS = "customer_id, recency, frequency, monetary, rfm_score, named_segment"
HIVE = {"timestamp_ntz": "timestamp"}
Features = Callable[[Lake], dict[str, Customer]]


def lines_of(*paths: Path) -> list[tuple[Any, ...]]:
    return [(*each.values, path.name, each.line) for path in paths for each in rows(path, dataset=RETAIL) if isinstance(each, Row)]


def exported(lake: Lake, lines: list[tuple[Any, ...]], *, run_id: str = "one") -> None:
    """The lines as the export writes them, without Keyspaces."""
    export = script("keyspaces_to_cleaned")
    schema = ", ".join(f"{column.name} {column.type}" for column in RETAIL.columns) + ", source_file string, line int"
    marked = export.marks(lake.spark.createDataFrame(lines, schema, verifySchema=False), dataset=RETAIL, run_id=run_id)
    table = f"glue_catalog.{lake.name}_cleaned.retail"
    export.write(marked, table=table, description=RETAIL.description, summary={"run-id": run_id, "files": run_id})
    assert export.held(lake.spark, table=table) == run_id


@pytest.fixture
def made(home: Home) -> Features:  # noqa: F811
    """What Athena at home makes of the files that a lake's export has written."""

    def ask(lake: Lake) -> dict[str, Customer]:
        s3, glue, athena = (home.client(each) for each in ("s3", "glue", "athena"))
        s3.create_bucket(Bucket=f"{lake.name}-x", CreateBucketConfiguration={"LocationConstraint": home.about["region"]})
        table = f"glue_catalog.{lake.name}_cleaned.retail"
        for [path] in lake.spark.sql(f"select file_path from {table}.files").collect():
            file = Path(path.removeprefix("file:"))
            s3.put_object(Bucket=f"{lake.name}-x", Key=f"retail/{file.name}", Body=file.read_bytes())
        columns = [{"Name": name, "Type": HIVE.get(kind, kind)} for name, kind in lake.spark.table(table).dtypes]
        serde = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}
        place = {"Columns": columns, "Location": f"s3://{lake.name}-x/retail/", "SerdeInfo": serde}
        glue.create_database(DatabaseInput={"Name": lake.name})
        glue.create_table(DatabaseName=lake.name, TableInput={"Name": "retail", "StorageDescriptor": place})
        query = TABLE.query({"cleaned.retail": f"{lake.name}.retail"})
        ended = Athena(athena).run(
            f"select {COLUMNS} from ({query})", ResultConfiguration={"OutputLocation": f"s3://{lake.name}-x/results/"}
        )
        assert ended["Status"]["State"] == "SUCCEEDED", ended["Status"]
        pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=ended["QueryExecutionId"])
        lines = [[cell["VarCharValue"] for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]][1:]
        return {who: Customer(int(recency), int(times), Decimal(spent), *rest) for who, recency, times, spent, *rest in lines}

    return ask


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, ...]]:
    return lines_of(*sample("retail", tmp_path_factory.mktemp("retail"), rows=4000, files=3, seed=7).files)


def test_the_sql_finds_what_plain_python_finds_in_whatever_order_rows_come(
    lake: Lake, made: Features, generated: list[tuple[Any, ...]]
) -> None:
    exported(lake, generated[::-1])
    expected = customers(generated)
    assert len(expected) > 30
    assert made(lake) == expected
    marks = {name for (text,) in lake.rows("select warnings from cleaned.retail where warnings is not null") for name in text.split(",")}
    assert marks >= {"cancelled", "returned", "no_product"}
    assert lake.rows("select count(*), count(distinct record_id) from cleaned.retail") == [(len(generated), len(generated))]


@pytest.mark.parametrize("several", [1, 2, 7])
def test_equal_values_have_equal_scores_however_many_there_are(
    lake: Lake, made: Features, generated: list[tuple[Any, ...]], several: int
) -> None:
    who = sorted({line[6] for line in generated if line[6]})[:several]
    moment = generated[0][4]
    same = [(f"{9000 + place}", "X", "x", 1, moment, Decimal(5), name, "UK", "f", place) for place, name in enumerate(who)]
    exported(lake, same)
    found = made(lake)
    assert found == customers(same)
    assert {each.scores[0] + each.scores[2] for each in found.values()} == {"51"}
    assert [found[name].scores[1] for name in who] == sorted(found[name].scores[1] for name in who)


@pytest.mark.slow
@pytest.mark.skipif(not PUBLIC.exists(), reason="the public file is not here")
def test_the_public_data_gives_the_known_numbers() -> None:
    every = lines_of(PUBLIC)
    assert (len(every), len({line[-1] for line in every})) == (541_909, 541_909)
    found = customers(every)
    assert len(found) == 4338
    assert round(sum(each.monetary for each in found.values()), 2) == Decimal("8911407.90")
    assert max(each.monetary for each in found.values()) == Decimal("280206.02")
    assert max(each.frequency for each in found.values()) == 209
    assert (min(each.recency for each in found.values()), max(each.recency for each in found.values())) == (1, 374)
    assert Counter(each.name for each in found.values()) == {
        "Hibernating": 1071, "Loyal Customers": 819, "Champions": 633, "At Risk": 593, "Potential Loyalists": 484, "About to Sleep": 352,
        "Need Attention": 187, "Promising": 94, "Can't Lose": 63, "New Customers": 42,
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not PUBLIC.exists(), reason="the public file is not here")
def test_the_sql_finds_the_same_in_the_public_data(lake: Lake, made: Features) -> None:
    every = lines_of(PUBLIC)
    exported(lake, every)
    assert made(lake) == customers(every)
