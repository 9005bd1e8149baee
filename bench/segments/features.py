"""`curated.customer_features` as the flow's statement makes it in Athena at home, beside polars over the same objects in the same S3."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.clean.generated import FOLDER
from bench.clean.results import Number
from bench.measure import ROOT
from bench.segments.at_home import Shop
from cli import home as local_home
from cli.run import run_flow
from lakemill import features, models

POLARS = "polars==2.1.0"
RUNS = 7
TABLE = features.of(models.model("segments"))


def beside_polars(shop: Shop) -> Iterator[Number]:
    """Both some times, the best of each, files read and written included; Athena also asks IAM and commits to the catalog.

    Athena's start is what it takes for a query that reads nothing. polars starts once, and its first run is apart.
    """
    shop.loaded()
    run_flow(shop.platform, "segments", given={})
    athena = Athena(shop)
    start = min(athena.asked("select 1") for _ in range(RUNS))
    ours = [athena.made() for _ in range(RUNS)]
    theirs = json.loads(_polars(athena))
    if athena.sums() != (theirs["customers"], round(theirs["monetary"], 2)):
        sys.exit(f"the two do not agree: {athena.sums()} and {theirs}")
    best, other = min(ours), min(theirs["seconds"])
    told = f"{best - start:.3f} s / {other:.3f} s = {(best - start) / other:.1f}"
    yield Number(f"features of {theirs['customers']:,} customers, Athena at home / polars, best of {RUNS}", (best - start) / other, 3, told)
    yield Number("the same with Athena's start", best / other, None, f"{best:.3f} s / {other:.3f} s = {best / other:.1f}")


class Athena:
    """Statements to the home's Athena, each with the seconds that its engine took for it."""

    def __init__(self, shop: Shop) -> None:
        self._client, self._env = shop.root("athena"), shop.platform.env
        s3 = shop.root("s3")
        buckets = [each["Name"] for each in s3.list_buckets()["Buckets"]]
        self.curated = next(each for each in buckets if "storage-curatedbucket" in each)
        self._last = ""

    def made(self) -> float:
        """Makes the table once more, beside the others."""
        self._last = f"lakemill_{self._env}_curated.bench_{uuid.uuid4().hex}"
        place = f"s3://{self.curated}/{self._last}/"
        options = f"table_type = 'ICEBERG', is_external = false, format = 'PARQUET', write_compression = 'ZSTD', location = '{place}'"
        return self.asked(f"create table {self._last} with ({options}) as\n" + TABLE.query({"cleaned.retail": self._source}))

    def asked(self, sql: str) -> float:
        """Seconds in the engine."""
        return float(self._ended(sql)["Statistics"]["EngineExecutionTimeInMillis"]) / 1000

    def files(self) -> list[str]:
        """The files of the table's present snapshot; those of older exports lie beside them."""
        query = self._ended(f'select file_path from "lakemill_{self._env}_cleaned"."retail$files"')["QueryExecutionId"]
        _, *rows = self._client.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        return [row["Data"][0]["VarCharValue"] for row in rows]

    def sums(self) -> tuple[int, float]:
        """Customers and what they have spent, by the table made last."""
        query = self._ended(f"select count(*), round(sum(monetary), 2) from {self._last}")["QueryExecutionId"]
        _, row = self._client.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        return int(row["Data"][0]["VarCharValue"]), float(row["Data"][1]["VarCharValue"])

    @property
    def _source(self) -> str:
        return f"lakemill_{self._env}_cleaned.retail"

    def _ended(self, sql: str) -> Any:
        query = self._client.start_query_execution(QueryString=sql, WorkGroup=f"lakemill-{self._env}")["QueryExecutionId"]
        while True:
            found = self._client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if found["Status"]["State"] == "SUCCEEDED":
                return found
            if found["Status"]["State"] not in ("QUEUED", "RUNNING"):
                sys.exit(f"{sql}: {found['Status']}")
            time.sleep(0.02)


def _polars(athena: Athena) -> str:
    """What the yardstick says. It is installed for this alone, in a folder of its own."""
    packages = FOLDER / POLARS.replace("==", "-")
    if not packages.exists():
        uv = str(Path(sys.executable).parent / "uv")
        install = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(packages), POLARS]
        subprocess.run(install, cwd=ROOT, check=True)
    here, keys = local_home.required(), local_home.root_keys()
    environment = {
        **os.environ,
        "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}",
        "AWS_ENDPOINT_URL": here.endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": here.region,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
    }
    target = f"s3://{athena.curated}/polars.parquet"
    asked = [sys.executable, "bench/segments/features_polars.py", target, str(RUNS), *athena.files()]
    return str(subprocess.run(asked, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)
