"""`reader.py KEYSPACE RANGES`: one of the processes that read; says that it is connected, waits for a word, and reads."""

import json
import sys
import time

import boto3

from lakemill import keyspaces
from lakemill.datasets import wide
from lakemill.keyspaces_reading import Reader


def main() -> None:
    """One line when connected, one of JSON at the end: rows, between which seconds of the machine's clock, and its processor's seconds."""
    import cassandra.protocol

    assert cassandra.protocol.__file__.endswith(".py"), "jobs have the driver without compiled parts"
    session = keyspaces.connect(boto3.Session())
    reader = Reader(session, table=wide()["retail"].wide(), keyspace=sys.argv[1])
    print("connected", flush=True)
    sys.stdin.readline()
    began, worked = time.monotonic(), time.process_time()
    rows = sum(1 for low, high in json.loads(sys.argv[2]) for _ in reader.read((low, high)))
    told = {"rows": rows, "began": began, "ended": time.monotonic(), "cpu": time.process_time() - worked}
    print(json.dumps(told), flush=True)
    keyspaces.close(session)


if __name__ == "__main__":
    main()
