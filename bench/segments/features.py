"""`curated.customer_features` as the flow's statement makes it in Athena at home, beside polars over the same objects in the same S3."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from bench.clean.generated import FOLDER
from bench.clean.results import Number
from bench.measure import ROOT
from bench.segments.at_home import Shop
from cli import home as local_home
from cli.athena import ask
from cli.clients import At, local
from cli.platform import Platform
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
    root = Platform(local(local_home.required(), local_home.root_keys()), env=shop.platform.env, at=At.LOCAL)
    start = min(ask(root, "select 1").seconds for _ in range(RUNS))
    names = [f"curated.bench_{uuid.uuid4().hex}" for _ in range(RUNS)]
    ours = [_made(root, name) for name in names]
    [(customers, monetary)] = ask(root, f"select count(*), round(sum(monetary), 2) from {names[-1]}").rows
    theirs = json.loads(_polars(root))
    if (int(customers or 0), float(monetary or 0)) != (theirs["customers"], round(theirs["monetary"], 2)):
        sys.exit(f"the two do not agree: {customers} customers, {monetary}, and {theirs}")
    best, other = min(ours), min(theirs["seconds"])
    told = f"{best - start:.3f} s / {other:.3f} s = {(best - start) / other:.1f}"
    yield Number(f"features of {theirs['customers']:,} customers, Athena at home / polars, best of {RUNS}", (best - start) / other, 3, told)
    yield Number("the same with Athena's start", best / other, None, f"{best:.3f} s / {other:.3f} s = {best / other:.1f}")


def _made(root: Platform, name: str) -> float:
    """The seconds in which Athena makes the table, under a name of its own."""
    place = f"s3://{root.bucket('curated')}/{name}/"
    options = f"table_type = 'ICEBERG', is_external = false, format = 'PARQUET', write_compression = 'ZSTD', location = '{place}'"
    return ask(root, f"create table {name} with ({options}) as\n{TABLE.query({'cleaned.retail': 'cleaned.retail'})}").seconds


def _polars(root: Platform) -> str:
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
    target = f"s3://{root.bucket('curated')}/polars.parquet"
    # The files of the present snapshot: those of older exports lie beside them.
    files = [str(file) for [file] in ask(root, 'select file_path from "cleaned"."retail$files"').rows]
    asked = [sys.executable, "bench/segments/features_polars.py", target, str(RUNS), *files]
    return str(subprocess.run(asked, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)
