"""The whole input corpus in one run of the flow: all of it is accounted for file by file, and only then the run is failed for its share."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.corpus.files import NEVER, Case, cases
from tests.flows.platform import Platform, deployed

pytestmark = [pytest.mark.usefixtures("local_only"), pytest.mark.slow]

AGAIN = "calls/again-1.csv"
COUNTS = "rows_in, rows_cleaned, rows_quarantined, rows_duplicate"
ALLOWED_PERCENT = 20  # of dev
ALARMS_ARE_JUDGED_WITHIN = 100  # seconds: once a minute, for the minute before


@pytest.fixture(scope="module")
def corpus() -> dict[str, Case]:
    """Its files by key."""
    return {case.key: case for case in cases()}


@pytest.fixture(scope="module")
def empty(where: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform of its own: no other files in its counts."""
    with deployed(tmp_path_factory.mktemp("corpus") / "home", where=where) as platform:
        yield platform


@pytest.fixture(scope="module")
def told(empty: Platform, corpus: dict[str, Case]) -> str:
    """What the run of the whole corpus says; before it, one without any file has made the tables."""
    assert "No new files" in empty.mill("run", "calls")
    for case in corpus.values():
        put(empty, case.key, case.make())
    ended = empty.try_mill("run", "calls")
    assert ended.returncode == 1, ended.stdout
    return " ".join(ended.stderr.split())


def put(platform: Platform, key: str, body: bytes) -> None:
    platform.client("s3").put_object(Bucket=platform.output("storage", "RawBucket"), Key=key, Body=body)


@pytest.mark.parametrize("key", NEVER, ids=range(len(NEVER)))
def test_names_that_s3_itself_refuses_never_arrive(empty: Platform, key: str) -> None:
    with pytest.raises(ClientError) as caught:
        put(empty, key, b"")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_the_run_fails_in_its_check_with_the_share_in_a_sentence(told: str, corpus: dict[str, Case]) -> None:
    refused, rows = (sum(getattr(case.expected, name) for case in corpus.values()) for name in ("quarantined", "rows_in"))
    assert refused * 100 > rows * ALLOWED_PERCENT
    assert f"Check failed: too many rows were refused: {refused} of {rows} rows of calls in this run" in told
    assert f"more than the {ALLOWED_PERCENT} percent allowed; see quarantine.calls" in told


@pytest.mark.usefixtures("told")
def test_every_file_is_accounted_for_though_the_run_failed(empty: Platform, corpus: dict[str, Case]) -> None:
    found = {row["source_file"]: tuple(row.values())[1:] for row in empty.rows(f"select source_file, {COUNTS} from cleaned.ledger")}
    wanted = {key: case.expected for key, case in corpus.items()}
    assert found == {key: (e.rows_in, e.cleaned, e.quarantined, e.duplicate) for key, e in wanted.items()}


@pytest.mark.usefixtures("told")
def test_every_refused_row_is_in_quarantine_with_its_reason_and_line(empty: Platform, corpus: dict[str, Case]) -> None:
    found: dict[str, dict[str, Any]] = {key: {} for key in corpus}
    for row in empty.rows("select source_file, reason, line from quarantine.calls order by line"):
        lines = found[row["source_file"]]
        lines[row["reason"]] = None if row["line"] is None else [*lines.get(row["reason"], []), row["line"]]
    assert found == {key: dict(case.expected.refused) for key, case in corpus.items()}


@pytest.mark.usefixtures("told")
def test_every_other_row_is_cleaned_once_and_curated(empty: Platform, corpus: dict[str, Case]) -> None:
    found = {row["source_file"]: row["n"] for row in empty.rows("select source_file, count(*) as n from cleaned.calls group by 1")}
    assert found == {key: case.expected.cleaned for key, case in corpus.items() if case.expected.cleaned}
    assert empty.value("select count(distinct record_id) from cleaned.calls") == sum(found.values())
    assert empty.value("select count(*) from curated.processed") == sum(found.values())


@pytest.mark.usefixtures("told")
def test_the_next_run_succeeds_and_takes_nothing_not_even_a_file_that_came_once_more(empty: Platform, corpus: dict[str, Case]) -> None:
    tables = [("cleaned", "ledger"), ("cleaned", "calls"), ("quarantine", "calls")]
    before = [empty.version(zone, name) for zone, name in tables]
    put(empty, AGAIN, corpus[AGAIN].make())
    assert "No new files" in empty.mill("run", "calls")
    assert [empty.version(zone, name) for zone, name in tables] == before


@pytest.mark.usefixtures("told")
def test_the_alarm_on_the_share_is_in_the_status_until_a_better_load(empty: Platform) -> None:
    end = time.monotonic() + ALARMS_ARE_JUDGED_WITHIN
    while "CallsQuarantine" not in (shown := empty.mill("status")) and time.monotonic() < end:
        time.sleep(2)
    [line] = [line for line in shown.splitlines() if line.startswith("CallsQuarantine")]
    assert f"A load of calls refused more than {ALLOWED_PERCENT} % of its rows" in line
