"""Faults on the way from a file to a customer's segment: bad input, a Keyspaces that dies or is slow, data and models that are no good."""

import io
import json
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cli import wide as cli_wide
from cli.clients import At
from cli.problem import Problem
from lakemill import keyspaces_writing
from lakemill.keyspaces_load import LOADING, Loaded, Target, load_file
from lakemill.keyspaces_patience import Patience, passing
from lakemill.keyspaces_writing import Limits, NotWritten
from lakemill.samples import sample
from lakemill.wide import REFUSED
from lakemill.wide_rows import Row, rows
from tests.corpus.retail import cases, line, text
from tests.faults.learned import KEYSPACE, RETAIL, Learning, kill, learning
from tests.flows.platform import ROOT
from tests.limits import limited
from tests.local.conftest import until

pytestmark = pytest.mark.slow
PUBLIC = sorted((ROOT.parent / "shared" / "data" / "retail").glob("*.csv"))
LINES = 40_000
MAPPED = "select count(*) as n, max(run_id) as run from curated.customer_segments"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learning]:
    """A platform in which a person approves models. The tests follow each other: each loads more."""
    with learning(tmp_path_factory.mktemp("learning"), approve_models=False) as found:
        yield found


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return list(sample("retail", tmp_path_factory.mktemp("large"), rows=2 * LINES, files=2, seed=11).files)


def holds(learned: Learning, path: Path) -> None:
    """The table has exactly the file's rows, and the account of them is right."""
    found = list(rows(path, dataset=RETAIL))
    good = [(*each.values, path.name, each.line) for each in found if isinstance(each, Row)]
    there = [row for row in learned.rows(RETAIL.wide()) if row[-2] == path.name]
    assert sorted(there, key=lambda row: row[-1]) == good
    account = learned.files()[path.name]
    assert (account.done, account.rows_in, account.rows_loaded) == (True, len(found), len(good))
    assert account.rows_in == account.rows_loaded + account.rows_refused


def failed(learned: Learning) -> str:
    """Why a run of the flow failed."""
    ended = learned.platform.try_mill("run", "segments")
    assert ended.returncode == 1, ended.stdout
    return " ".join(ended.stderr.split())


def test_data_that_no_model_can_come_of_is_refused_before_training_with_a_reason(made: Learning, tmp_path: Path) -> None:
    files = {
        "no-customer.csv": [line(200, who=""), line(201, who=""), line(202, quantity="-6")],
        "one.csv": [line(210, who="1")],
        "alike.csv": [line(211 + number, who=f"{number}") for number in range(2, 6)],
    }
    reasons = [
        "Nothing was trained: 0 rows in customer_features, and at least 3 are needed",
        "Nothing was trained: 1 rows in customer_features, and at least 3 are needed",
        "Nothing was trained: all rows of customer_features have the same recency",
    ]
    assert "nothing was loaded yet" in failed(made)
    for (name, lines), reason in zip(files.items(), reasons, strict=True):
        (tmp_path / name).write_bytes(text(*lines))
        made.platform.mill("load", "retail", tmp_path / name)
        assert reason in failed(made)
    assert made.jobs() == {}
    assert made.versions() == []


def test_a_load_that_is_killed_goes_on_by_the_same_command_and_loses_and_doubles_nothing(made: Learning, large: list[Path]) -> None:
    path = large[0]
    loading = made.begin("load", "retail", path)
    until(lambda: made.files().get(path.name, Loaded(source_file="")).state == LOADING, seconds=120)
    kill(loading.pid)
    assert loading.wait(30) == -9, "it had ended before it was killed"
    assert 0 < made.files()[path.name].rows_in < LINES
    assert "has not come to its end" in failed(made), "half a file is no data to learn from"
    said = made.platform.mill("load", "retail", path)
    assert f"{path.name}: {made.files()[path.name].rows_loaded:,} rows to online_retail" in said
    holds(made, path)


def test_a_load_bears_that_cassandra_is_killed_and_starts_again(made: Learning, large: list[Path]) -> None:
    path, engine = large[1], made.told()["pid"]
    loading = made.begin("load", "retail", path)
    until(lambda: made.files().get(path.name, Loaded(source_file="")).state == LOADING, seconds=120)
    kill(engine)
    assert loading.poll() is None, "it had ended before Cassandra was killed"
    said, _ = loading.communicate(timeout=500)
    until(lambda: made.told()["pid"] != engine, seconds=180)
    if loading.returncode:
        assert "Load it again: it goes on where it stopped" in said
        made.platform.mill("load", "retail", path)
    holds(made, path)


def test_a_load_under_a_low_limit_slows_down_and_completes_and_beyond_its_patience_stops_with_a_reason_and_goes_on(
    made: Learning, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals: list[str] = []

    def counted(error: BaseException) -> bool:
        refusals.append(type(error).__name__)
        return passing(error)

    monkeypatch.setattr(keyspaces_writing, "passing", counted)
    slow, stuck = (sample("retail", tmp_path / name, rows=7_000, files=1, seed=seed).files[0] for name, seed in (("a", 21), ("b", 22)))
    slow, stuck = slow.rename(tmp_path / "slow.csv"), stuck.rename(tmp_path / "stuck.csv")
    with made.session() as session:
        target = Target(session, dataset=RETAIL, keyspace=KEYSPACE, limits=Limits(patience=Patience(seconds=60)))
        with limited(made.platform.home, queries=40):
            load_file(slow, target=target)
        assert Counter(refusals)["WriteTimeout"] > 50, refusals[:5]
        short = Target(session, dataset=RETAIL, keyspace=KEYSPACE, limits=Limits(patience=Patience(seconds=2)))
        refused = pytest.raises(NotWritten, match="requests were not taken; the last answer was WriteTimeout")
        with limited(made.platform.home, units=1), refused:
            load_file(stuck, target=short)
        load_file(stuck, target=target)
    holds(made, slow)
    holds(made, stuck)


@pytest.mark.parametrize(
    ("wrong", "said", "advice"),
    [
        ({"aws_secret_access_key": "no"}, "signature we calculated does not match", "secret key of this shell"),
        ({"region_name": "us-east-1"}, "signature we calculated does not match", "AWS_REGION"),
        ({"aws_access_key_id": "AKIA0000000000000000"}, "security token included in the request is invalid", "Log in to AWS again"),
        ({"authorities": ""}, "CERTIFICATE_VERIFY_FAILED", "of no authority that this machine trusts"),
        ({"clock": "late"}, "Signature expired", "clock of this machine"),
    ],
    ids=["secret", "region", "key", "certificate", "clock"],
)
def test_who_is_not_known_is_not_let_in_and_there_is_no_other_way(
    made: Learning, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], said: str, advice: str
) -> None:
    platform: Any = SimpleNamespace(at=At.LOCAL, client=SimpleNamespace(session=made.credentials(**_keys(wrong))))
    place = made.place()
    if "authorities" in wrong:
        place = type(place)(host=place.host, port=place.port)
    if "clock" in wrong:
        _turn_back(monkeypatch)
    monkeypatch.setattr(cli_wide, "_at_home", lambda: place)
    with pytest.raises(Problem) as caught, cli_wide.session(platform):
        pytest.fail("it was let in")
    assert said in caught.value.what
    assert "nothing was sent" in caught.value.what
    assert advice in caught.value.advice


def _keys(wrong: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in wrong.items() if name not in ("authorities", "clock")}


def _turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from cassandra_sigv4 import auth

    class Late(datetime):
        @classmethod
        def utcnow(cls) -> datetime:
            return datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=20)

    monkeypatch.setattr(auth, "datetime", Late)


def test_a_command_with_a_wrong_secret_is_refused_and_loads_nothing(made: Learning, tmp_path: Path) -> None:
    about = json.loads((made.platform.home / "home.json").read_text())
    about["profiles"]["user"]["secret_access_key"] = "no"
    (tmp_path / "home.json").write_text(json.dumps(about))
    (tmp_path / "keyspaces.json").write_bytes((made.platform.home / "keyspaces.json").read_bytes())
    (tmp_path / "mine.csv").write_bytes(text(line(300)))
    ended = type(made.platform)(tmp_path, project=made.platform.project).try_mill("load", "retail", tmp_path / "mine.csv")
    assert ended.returncode == 1
    assert "was refused" in ended.stderr
    assert "Log in to AWS again" in ended.stderr
    assert "mine.csv" not in made.files()


def test_the_corpus_is_accounted_for_line_by_line(made: Learning, tmp_path: Path) -> None:
    corpus = {case.name: case for case in cases() if not case.said}
    for case in corpus.values():
        (tmp_path / case.name).write_bytes(case.make())
    made.platform.mill("load", "retail", tmp_path, *PUBLIC)
    files = made.files()
    assert {name: (files[name].rows_in, files[name].rows_loaded) for name in corpus} == {
        name: (case.rows_in, case.loaded) for name, case in corpus.items()
    }
    assert all(each.done and each.rows_in == each.rows_loaded + each.rows_refused for each in files.values())
    there, refused = (Counter(row[place] for row in made.rows(table)) for table, place in ((RETAIL.wide(), -2), (REFUSED, 1)))
    assert there == {name: each.rows_loaded for name, each in files.items() if each.rows_loaded}
    assert refused == {name: each.rows_refused for name, each in files.items() if each.rows_refused}


@pytest.mark.parametrize("name", ["wrong-header.csv", "torn.csv.gz", "table.csv", "empty.csv", "new\nline.csv"])
def test_a_file_that_is_none_is_refused_whole_with_a_reason(made: Learning, tmp_path: Path, name: str) -> None:
    [case] = [each for each in cases() if each.name == name]
    (tmp_path / name).write_bytes(case.make())
    ended = made.platform.try_mill("load", "retail", tmp_path / name)
    assert ended.returncode == 1
    assert case.said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert name not in made.files()


def test_the_export_has_as_many_rows_as_were_loaded_and_a_model_waits_for_a_person(made: Learning) -> None:
    said = made.platform.mill("run", "segments")
    [counted] = made.platform.rows("select count(*) as n from cleaned.retail")
    assert counted["n"] == sum(each.rows_loaded for each in made.files().values())
    assert "no version of segments is approved yet" in " ".join(said.split())
    [version] = made.versions()
    assert version["ModelApprovalStatus"] == "PendingManualApproval"


def approve(made: Learning, version: dict[str, Any]) -> str:
    """Approve a version; the address of its file."""
    sagemaker = made.platform.client("sagemaker", root=True)
    sagemaker.update_model_package(ModelPackageArn=version["ModelPackageArn"], ModelApprovalStatus="Approved")
    found = sagemaker.describe_model_package(ModelPackageName=version["ModelPackageArn"])
    return str(found["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])


def tampered(archive: bytes) -> bytes:
    """The same model with its centres turned round: it can be loaded, and answers wrongly."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as old, tarfile.open(fileobj=packed, mode="w:gz") as new:
        for entry in old.getmembers():
            content = old.extractfile(entry)
            data = content.read() if content else b""
            if entry.name.endswith(".npz"):
                with np.load(io.BytesIO(data)) as arrays:
                    held = dict(arrays)
                changed = io.BytesIO()
                np.savez(changed, **{**held, "centres": held["centres"][::-1]})
                data = changed.getvalue()
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data) if content else None)
    return packed.getvalue()


def test_a_model_that_was_tampered_with_is_not_applied_and_the_next_one_is(made: Learning) -> None:
    bucket, _, key = approve(made, made.versions()[0]).removeprefix("s3://").partition("/")
    s3 = made.platform.client("s3", root=True)
    good = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    for bad in (tampered(good), good[:-100]):
        s3.put_object(Bucket=bucket, Key=key, Body=bad)
        assert "was changed after it was registered" in failed(made)
        assert not made.platform.client("sagemaker", root=True).list_transform_jobs()["TransformJobSummaries"]
        assert "TABLE_NOT_FOUND" in made.platform.try_mill("query", MAPPED).stderr, "something was mapped"
    approve(made, made.versions()[0])
    made.platform.mill("run", "segments")
    [mapped] = made.platform.rows(MAPPED)
    [customers] = made.platform.rows("select count(*) as n from curated.customer_features")
    assert mapped["n"] == customers["n"]


def test_a_training_that_is_killed_fails_the_run_registers_nothing_and_can_be_run_again(made: Learning) -> None:
    before, mapped = len(made.versions()), made.platform.rows(MAPPED)
    run = made.begin("run", "segments")
    kill(until(made.training, seconds=300, every=0.01))
    said = " ".join(run.communicate(timeout=300)[0].split())
    assert run.returncode == 1
    assert "Train failed" in said
    assert "ExecuteUserScriptError" in said
    assert "-9" in said
    assert sorted(made.jobs().values())[-1] == "Failed"
    assert (len(made.versions()), made.platform.rows(MAPPED)) == (before, mapped)
    made.platform.mill("run", "segments")
    assert len(made.versions()) == before + 1


def test_a_run_that_is_stopped_stops_its_training(made: Learning) -> None:
    before, known = len(made.versions()), set(made.jobs())
    run = made.begin("run", "segments")
    until(made.training, seconds=300, every=0.01)
    states = made.platform.client("stepfunctions", root=True)
    machine = made.platform.output("flows", "FlowSegments")
    [execution] = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    states.stop_execution(executionArn=execution["executionArn"], cause="somebody stopped it")
    said = " ".join(run.communicate(timeout=300)[0].split())
    assert "aborted" in said
    [job] = set(made.jobs()) - known
    until(lambda: made.jobs()[job] == "Stopped", seconds=180)
    assert len(made.versions()) == before
