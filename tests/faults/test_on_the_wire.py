"""Faults between Spark and the home: lost answers, a catalog that is away, a slow or broken S3, credentials that end, a disabled key."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.faults.lakehome import LakeHome, Worker
from tests.faults.proxy import Fault, Request
from tests.faults.rows import account, expected, file_of
from tests.local.conftest import Home, until

pytestmark = pytest.mark.slow

ROWS = 300
FILES = itertools.count(1)
RAW = "/fault-raw/calls/"


@pytest.fixture(scope="module")
def lake(new_home: Callable[..., Home], tmp_path_factory: pytest.TempPathFactory) -> LakeHome:
    return LakeHome(new_home(), scratch=tmp_path_factory.mktemp("scratch"))


@pytest.fixture(scope="module")
def worker(lake: LakeHome) -> Iterator[Worker]:
    """A worker that has loaded a first file, so that there is a table to be harmed."""
    started = lake.worker("worker")
    assert started.ended() == ""
    file(lake)
    assert lake.load(started) == ""
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def unharmed(lake: LakeHome) -> Iterator[None]:
    lake.proxy.arm()
    yield
    lake.proxy.arm()


def file(lake: LakeHome) -> str:
    """A new file in the raw zone."""
    number = next(FILES)
    key = f"calls/{number:03d}.csv"
    lake.put(key, file_of(number, rows=ROWS))
    return key


def check_all(lake: LakeHome, *, new: str) -> None:
    """All rows of all files are in exactly one place, those of `new` too."""
    found = account(lake.rows)
    assert new in found
    assert found == dict.fromkeys(found, expected(ROWS))


def loses_nothing(lake: LakeHome, worker: Worker, fault: Fault) -> list[str]:
    """What fired. A load meets the fault; where it fails, the next one without the fault makes everything right."""
    new = file(lake)
    lake.proxy.arm(fault)
    failed = lake.load(worker)
    fired = list(lake.proxy.fired)
    assert fired
    print(*fired, "fails the load:" if failed else "is overcome", failed[:300])
    lake.proxy.arm()
    if failed:
        assert lake.load(worker) == ""
    check_all(lake, new=new)
    return fired


def commits(request: Request) -> bool:
    """The commit of the records: the table's pointer is moved in the catalog."""
    return request.target == "AWSGlue.UpdateTable" and b'"Name":"calls"' in request.body and b'"cleaned"' in request.body


def commits_ledger(request: Request) -> bool:
    return request.target == "AWSGlue.UpdateTable" and b'"Name":"ledger"' in request.body


def reads_raw(request: Request) -> bool:
    return request.method == "GET" and request.path.startswith(RAW)


def writes_data(request: Request) -> bool:
    return request.method == "PUT" and "/cleaned" in request.path and request.path.split("?")[0].endswith(".parquet")


def test_a_commit_whose_answer_is_lost_counts_once(lake: LakeHome, worker: Worker) -> None:
    fired = loses_nothing(lake, worker, Fault("lost_answer", commits))
    assert fired == ["lost_answer: POST AWSGlue.UpdateTable"]


def test_while_the_catalog_is_away_nothing_changes_and_afterwards_a_rerun_is_right(lake: LakeHome, worker: Worker) -> None:
    new, before = file(lake), lake.snapshot("calls")
    lake.proxy.arm(Fault("unavailable", commits, times=1000))
    failed = lake.load(worker)
    assert lake.proxy.fired
    assert "not available" in failed
    assert lake.snapshot("calls") == before
    lake.proxy.arm()
    assert lake.load(worker) == ""
    check_all(lake, new=new)


@pytest.mark.parametrize("harm", ["slow_down", "reset", "truncated"])
def test_trouble_with_reading_from_s3_costs_at_most_a_rerun(lake: LakeHome, worker: Worker, harm: str) -> None:
    loses_nothing(lake, worker, Fault(harm, reads_raw, times=2))


@pytest.mark.parametrize("harm", ["slow_down", "reset", "lost_answer"])
def test_trouble_with_writing_to_s3_costs_at_most_a_rerun(lake: LakeHome, worker: Worker, harm: str) -> None:
    loses_nothing(lake, worker, Fault(harm, writes_data, times=2))


def test_credentials_that_end_in_a_load_fail_it_with_the_reason(lake: LakeHome, worker: Worker) -> None:
    new, before = file(lake), lake.snapshot("calls")
    lake.proxy.arm(Fault("expired", lambda request: writes_data(request) or commits(request), times=1000))
    failed = lake.load(worker)
    assert lake.proxy.fired
    assert "expired" in failed
    assert lake.snapshot("calls") == before
    lake.proxy.arm()
    assert lake.load(worker) == ""
    check_all(lake, new=new)


def test_with_a_disabled_key_writes_fail_closed_and_with_the_reason(lake: LakeHome, worker: Worker) -> None:
    """The key is disabled in a load, when the tables have been read and the records are on their way: Iceberg asks twenty times
    for metadata that it may not decrypt, which takes it more than a minute and shows nothing of the writes."""
    new, before = file(lake), lake.snapshot("calls")
    lake.proxy.arm(Fault("late", writes_data, times=1000))
    lake.begin(worker)
    until(lambda: lake.proxy.fired, seconds=120)
    lake.kms.disable_key(KeyId=lake.key)
    lake.proxy.gate.set()
    failed = worker.ended()
    lake.kms.enable_key(KeyId=lake.key)
    assert "disabled" in failed
    assert lake.snapshot("calls") == before
    lake.proxy.arm()
    assert lake.load(worker) == ""
    check_all(lake, new=new)


def test_two_processes_that_commit_to_one_table_at_once_lose_nothing(lake: LakeHome, worker: Worker) -> None:
    """Glue lets one run of a job work at a time (tests of the home). Here loads of two datasets meet in the ledger: one has
    read it and not yet committed when the other one commits."""
    other = lake.worker("other", direct=True)
    assert other.ended() == ""
    new = file(lake)
    lake.put("carriers/1.csv", "carrier_id,carrier_name,country\n1,one,DE\n2,two,DE\n")
    lake.proxy.arm(Fault("late", commits_ledger), Fault("seen", commits_ledger, times=9))
    lake.begin(worker)
    until(lambda: lake.proxy.fired, seconds=120)
    assert lake.load(other, datasets="carriers") == ""
    lake.proxy.gate.set()
    assert worker.ended() == ""
    other.stop()
    assert lake.proxy.fired == ["late: POST AWSGlue.UpdateTable", "seen: POST AWSGlue.UpdateTable"], (
        "the first commit came too late, the second counts"
    )
    assert lake.rows("select rows_in, rows_cleaned from cleaned.ledger where dataset = 'carriers'") == [(2, 2)]
    check_all(lake, new=new)
