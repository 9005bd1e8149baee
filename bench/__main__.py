"""`make bench`: measures every number of docs/benchmarks.md that concerns time, and prints the table."""

import json
import sys
import tempfile
from pathlib import Path

from bench.crawl import crawls
from bench.measure import ROOT, Measured, best, seconds, table

BIN = Path(sys.executable).parent
MILL, PYTHON = BIN / "mill", BIN / "python"
QUIET = {"CDK_VALIDATION": "false"}
CHECKERS = "not validat and not lint and not nag"


def resources(assembly: Path) -> int:
    """Resources over all templates of an assembly."""
    return sum(len(json.loads(file.read_text())["Resources"]) for file in assembly.glob("*.template.json"))


def synth() -> Measured:
    """Our app against a one-bucket app, validator off; the limit is 2x that app and 10 ms per resource."""
    with tempfile.TemporaryDirectory() as folder:
        small = best(3, PYTHON, "bench/one_bucket.py", env={**QUIET, "CDK_OUTDIR": f"{folder}/small"})
        settings = json.dumps(json.loads((ROOT / "cdk.json").read_text())["context"])
        ours = best(3, PYTHON, "app.py", env={**QUIET, "CDK_OUTDIR": f"{folder}/ours", "CDK_CONTEXT_JSON": settings})
        count = resources(Path(folder, "ours"))
    return Measured(f"`python app.py`, {count} resources (one bucket: {small:.1f} s)", ours, 2 * small + count * 0.01)


def home_and_deploy() -> list[Measured]:
    """Start of a new home, deployment of all stacks, start of the same home again."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**QUIET, "LAKEMILL_HOME": f"{folder}/home"}
        first = seconds(MILL, "up", "--no-deploy", env=env)
        try:
            deploy = seconds(MILL, "cdk", "deploy", "--all", "--require-approval", "never", env=env)
            seconds(MILL, "down", env=env)
            again = seconds(MILL, "up", env=env)
        finally:
            seconds(MILL, "down", env=env)
    return [
        Measured("`mill up`, new home with bootstrap", first, 10),
        Measured("`mill up`, the same home again", again, 10),
        Measured("`cdk deploy --all` to a new home", deploy, 20),
    ]


def main() -> None:
    demo = [seconds("make", "demo") for _ in range(2)]
    rows = [
        Measured("`make demo`, second run in the same clone", demo[1], 150),
        Measured("`mill report` after it", best(3, MILL, "report"), 2),
        *home_and_deploy(),
        *crawls(),
        synth(),
        Measured("template tests", best(2, PYTHON, "-m", "pytest", "tests/templates", "-m", "not slow", "-k", CHECKERS), 6),
        Measured("`make test`, warm", seconds("make", "test"), 660),
    ]
    print(table(rows))
    sys.exit(not all(row.holds for row in rows))


if __name__ == "__main__":
    main()
