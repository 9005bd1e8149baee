"""A small lake in the tests' home, and a short cut to the engine for queries that need no table."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import MonthTransform
from pyiceberg.types import DoubleType, LongType, NestedField, StringType, TimestampType

from local.athena import engine, parse
from local.athena.failures import QueryFailure

RESULTS = "s3://results/athena/"
TEXT = "org.apache.hadoop.mapred.TextInputFormat"
SERDES = {
    "csv": ("org.apache.hadoop.hive.serde2.OpenCSVSerde", {"separatorChar": ",", "quoteChar": '"', "escapeChar": "\\"}),
    "lazy": ("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", {"field.delim": "|"}),
    "json": ("org.openx.data.jsonserde.JsonSerDe", {}),
    "parquet": ("org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe", {}),
}
Rows = list[list[str | None]]


@pytest.fixture(scope="session")
def answer() -> Callable[..., Rows]:
    """Rows of a query that names no table."""

    def ask(sql: str, *parameters: str) -> Rows:
        session = engine.Session(None, None)
        return list(engine.run(session, parse.parse(sql, list(parameters))).rows)

    return ask


@pytest.fixture(scope="session")
def reason(answer: Callable[..., Rows]) -> Callable[..., str]:
    """Why a query that names no table fails."""

    def ask(sql: str) -> str:
        with pytest.raises(QueryFailure) as caught:
            answer(sql)
        return caught.value.reason

    return ask


@dataclass(frozen=True)
class Athena:
    """Athena as one caller uses it."""

    client: Any

    def start(self, sql: str, **arguments: Any) -> str:
        """Start a query and return its id."""
        arguments = {"ResultConfiguration": {"OutputLocation": RESULTS}, **arguments}
        return str(self.client.start_query_execution(QueryString=sql, **arguments)["QueryExecutionId"])

    def run(self, sql: str, **arguments: Any) -> dict[str, Any]:
        """Run a query to its end and return the execution."""
        query_id = self.start(sql, **arguments)
        until = time.monotonic() + 20
        while True:
            execution: dict[str, Any] = self.client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            assert time.monotonic() < until, execution
            time.sleep(0.01)

    def rows(self, sql: str, **arguments: Any) -> Rows:
        """Run a query and return its rows, header first."""
        execution = self.run(sql, **arguments)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        found = self.client.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["ResultSet"]["Rows"]]

    def reason(self, sql: str, **arguments: Any) -> str:
        """Run a query that fails and return the reason."""
        status = self.run(sql, **arguments)["Status"]
        assert status["State"] == "FAILED", status
        assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
        return str(status["StateChangeReason"])


@pytest.fixture(scope="session")
def lake(home: Any) -> GlueCatalog:
    """Buckets, and the database `lake` with the Iceberg tables `calls` (3 months) and `nothing` (no snapshot)."""
    s3 = home.client("s3")
    for bucket in ("lake", "results"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": home.about["region"]})
    home.client("glue").create_database(DatabaseInput={"Name": "lake", "LocationUri": "s3://lake/warehouse/"})
    catalog = GlueCatalog("home", **_properties(home))
    MonthTransform.pyarrow_transform = lambda *_: _months  # type: ignore[method-assign]  # pyiceberg-core is not installed
    schema = Schema(
        NestedField(1, "id", LongType()), NestedField(2, "start", TimestampType()), NestedField(3, "caller", StringType()),
        NestedField(4, "cost", DoubleType()),
    )  # fmt: skip
    months = PartitionSpec(PartitionField(2, 1000, MonthTransform(), "start_month"))
    calls = catalog.create_table("lake.calls", schema=schema, location="s3://lake/warehouse/calls", partition_spec=months)
    calls.append(_calls())
    catalog.create_table("lake.nothing", schema=schema, location="s3://lake/warehouse/nothing")
    return catalog


@pytest.fixture(scope="session")
def athena(home: Any, lake: GlueCatalog) -> Athena:
    """Athena as the root uses it."""
    return Athena(home.client("athena"))


@pytest.fixture(scope="session")
def person(home: Any, lake: GlueCatalog) -> Callable[..., Athena]:
    """Athena as a new IAM user with these policy statements uses it."""

    def made(name: str, *statements: dict[str, Any]) -> Athena:
        iam = home.client("iam")
        iam.create_user(UserName=name)
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement} for statement in statements]}
        iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return Athena(home.client("athena", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]))

    return made


@pytest.fixture(scope="session")
def hive(home: Any, lake: Any) -> Any:
    """Makes a Hive table in `lake` with objects (path below the table -> content)."""

    def made(name: str, columns: dict[str, str], objects: dict[str, bytes], *, keys: dict[str, str] | None = None, skip: str = "0") -> Any:
        for path, content in objects.items():
            home.client("s3").put_object(Bucket="lake", Key=f"{name}/{path}", Body=content)
        library, options = SERDES[name.split("_", maxsplit=1)[0]]
        storage = {
            "Columns": [{"Name": column, "Type": kind} for column, kind in columns.items()],
            "Location": f"s3://lake/{name}/",
            "InputFormat": TEXT,
            "SerdeInfo": {"SerializationLibrary": library, "Parameters": options},
        }
        partition_keys = [{"Name": key, "Type": kind} for key, kind in (keys or {}).items()]
        table = {"Name": name, "TableType": "EXTERNAL_TABLE", "Parameters": {"skip.header.line.count": skip}, "StorageDescriptor": storage}
        home.client("glue").create_table(DatabaseName="lake", TableInput={**table, "PartitionKeys": partition_keys})
        return storage

    return made


def _properties(home: Any) -> dict[str, str]:
    root = home.keys("root")
    common = {
        "endpoint": home.about["endpoint"],
        "access-key-id": root["access_key_id"],
        "secret-access-key": root["secret_access_key"],
        "region": home.about["region"],
    }
    return {f"{service}.{name}": value for service in ("glue", "s3") for name, value in common.items()} | {"s3.path-style-access": "true"}


def _months(moments: pa.Array) -> pa.Array:
    years = pc.multiply(pc.subtract(pc.year(moments), 1970), 12)
    return pc.cast(pc.add(years, pc.subtract(pc.month(moments), 1)), pa.int32())


def _calls() -> pa.Table:
    """3,000 calls: a third in each of January to March 2019, every fifth without a caller."""
    numbers = range(3000)
    return pa.table(
        {
            "id": pa.array(numbers, pa.int64()),
            "start": pa.array([datetime(2019, 1 + i % 3, 10, 9, 12) for i in numbers], pa.timestamp("us")),
            "caller": pa.array([None if i % 5 == 0 else f'0{i % 7}"x' for i in numbers]),
            "cost": pa.array([i * 1e5 for i in numbers], pa.float64()),
        }
    )
