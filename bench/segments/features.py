"""`curated.customer_features` as the curate job computes it, beside polars over the same Parquet."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.clean.generated import FOLDER, emptied
from bench.clean.results import Number
from bench.clean.watch import run
from bench.measure import ROOT

POLARS = "polars==2.1.0"
RUNS = 3


def beside_polars(file: Path) -> Iterator[Number]:
    """Both in processes of their own, three times, the best of each. Spark's first is apart: it compiles its classes."""
    folder = emptied("features")
    job = json.loads(run("bench/segments/features_job.py", file, folder, str(RUNS)).said)
    theirs = json.loads(_polars(folder / "cleaned" / "retail" / "data"))
    if (job["customers"], round(job["monetary"], 2)) != (theirs["customers"], round(theirs["monetary"], 2)):
        sys.exit(f"the two do not agree: {job} and {theirs}")
    first, best, other = job["seconds"][0], min(job["seconds"]), min(theirs["seconds"])
    told = f"{best:.2f} s / {other:.2f} s = {best / other:.1f}"
    yield Number(f"features of {job['customers']:,} customers, Spark / polars, best of {RUNS}", best / other, 3, told)
    rest = f"{first:.2f} s / {theirs['seconds'][0]:.2f} s = {first / theirs['seconds'][0]:.1f}, start {job['start']:.1f} s"
    yield Number("the same, the first of each", first / theirs["seconds"][0], None, rest)


def _polars(parquet: Path) -> str:
    """What the yardstick says. It is installed for this alone, in a folder of its own."""
    packages = FOLDER / POLARS.replace("==", "-")
    if not packages.exists():
        uv = str(Path(sys.executable).parent / "uv")
        install = [uv, "pip", "install", "--quiet", "--python", sys.executable, "--target", str(packages), POLARS]
        subprocess.run(install, cwd=ROOT, check=True)
    environment = {**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{ROOT}"}
    asked = [sys.executable, "bench/segments/features_polars.py", str(parquet), str(RUNS)]
    return str(subprocess.run(asked, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout)
