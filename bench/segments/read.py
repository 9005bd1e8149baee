"""The table read back as the export's workers read it: by ranges of tokens in two processes, with the driver as jobs have it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from bench.clean.results import Number
from bench.measure import ROOT
from bench.segments.at_home import Shop
from cli import home as local_home
from cli import wide as keyspaces
from lakemill.keyspaces_reading import ranges

PROCESSES, RANGES = 2, 64
A_SECOND = 80_000


def by_ranges(shop: Shop) -> Iterator[Number]:
    """Three times all rows; the best counts. To connect is not counted, as it is once for half of all rows."""
    shop.loaded()
    runs = [_read(shop) for _ in range(3)]
    found, spent, cpu = min(runs, key=lambda run: run[1])
    told = f"{found:,} rows in {spent:.1f} s, {found / spent:,.0f} a second (all: {', '.join(f'{run[1]:.1f} s' for run in runs)})"
    yield Number(f"seconds for {A_SECOND:,} rows read back", spent * A_SECOND / found, 1, told)
    yield Number("processor seconds of the two readers for as many", cpu * A_SECOND / found)


def _read(shop: Shop) -> tuple[int, float, float]:
    """Rows, seconds from the first request to the last row of the slower process, and processor seconds of both."""
    said = json.loads((local_home.folder() / "keyspaces.json").read_text())
    keys = local_home.required().profiles["user"]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(shop.project / ".local/assets/keyspaces.zip"), str(ROOT)]),
        "LAKEMILL_KEYSPACES_ENDPOINT": said["endpoint"],
        "LAKEMILL_KEYSPACES_CA": said["ca"],
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_DEFAULT_REGION": local_home.required().region,
    }
    asked = ranges(RANGES)
    keyspace = keyspaces.keyspace(shop.platform)
    readers = []
    for number in range(PROCESSES):
        command = [sys.executable, "-m", "bench.segments.reader", keyspace, json.dumps(asked[number::PROCESSES])]
        readers.append(subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    for each in readers:
        assert each.stdout is not None
        each.stdout.readline()  # connected
    told = [json.loads(each.communicate()[0]) for each in _started(readers)]
    spent = max(each["ended"] for each in told) - min(each["began"] for each in told)
    return sum(each["rows"] for each in told), spent, sum(each["cpu"] for each in told)


def _started(readers: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    for each in readers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    return readers
