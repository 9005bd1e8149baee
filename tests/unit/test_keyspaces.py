"""Rows into Keyspaces and out: batches, limits, what is tried again, and loads that are cut off."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cassandra import AuthenticationFailed, InvalidRequest, Unauthorized, Unavailable
from cassandra.cluster import NoHostAvailable

from lakemill import keyspaces, keyspaces_load, keyspaces_patience, keyspaces_writing
from lakemill.datasets import wide
from lakemill.keyspaces_load import OtherContent, Target, load_file
from lakemill.keyspaces_patience import Patience, passing
from lakemill.keyspaces_reading import HIGHEST, LOWEST, Reader, ranges
from lakemill.keyspaces_writing import Limits, NotWritten, Pace, Writer, parts
from lakemill.samples import sample
from lakemill.wide import LOADS, REFUSED, WideTable
from lakemill.wide_export import Incomplete, fingerprint, refuse_unfinished
from tests.unit.keyspaces_fake import Session, timed_out

RETAIL = wide()["retail"]
PAIRS = WideTable(name="pairs", columns={"a": "text", "b": "int"}, partition=("a",), clustering=("b",))
QUICK = Limits(patience=Patience(seconds=0.05))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyspaces_patience, "FIRST", 0.001)
    monkeypatch.setattr(keyspaces_load, "WINDOW", 600)


def session(trouble: Callable[[int], BaseException | None] = lambda _: None) -> Session:
    return Session(RETAIL.wide(), LOADS, REFUSED, PAIRS, trouble=trouble)


def test_a_batch_holds_rows_of_one_partition_and_at_most_thirty() -> None:
    rows = [(name, number) for number in range(65) for name in "xy"]
    found = list(parts(rows, partition=[0]))
    assert sorted(map(len, found)) == [5, 5, 30, 30, 30, 30]
    assert all(len({row[0] for row in part}) == 1 for part in found)
    assert sorted(row for part in found for row in part) == sorted(rows)


def test_long_rows_make_small_batches() -> None:
    assert [len(part) for part in parts([("x", "y" * 25_000)] * 5, partition=[0])] == [2, 2, 1]


def test_every_row_arrives_in_few_requests() -> None:
    home = session()
    Writer(home, table=PAIRS, keyspace="k").write([("x", number) for number in range(100)])
    assert len(home.rows["pairs"]) == 100
    assert home.requests == [30, 30, 30, 10]


def test_what_failed_for_a_moment_is_sent_again_and_nothing_else() -> None:
    home = session(lambda number: timed_out() if number in (2, 4) else None)
    Writer(home, table=PAIRS, keyspace="k").write([(name, 0) for name in "abc"])
    assert home.requests == [1, 1, 1, 1, 1], "three, one of them again, and that one again"
    assert sorted(home.rows["pairs"]) == [("a", 0), ("b", 0), ("c", 0)]


def test_it_gives_up_with_the_last_answer_when_nothing_gets_better() -> None:
    home = session(lambda _: timed_out())
    with pytest.raises(NotWritten, match="1 requests were not taken; the last answer was WriteTimeout"):
        Writer(home, table=PAIRS, keyspace="k", limits=QUICK).write([("a", 0)])
    assert len(home.requests) > 2


@pytest.mark.parametrize("error", [Unauthorized("no"), InvalidRequest("no")])
def test_what_will_never_be_taken_is_not_sent_twice(error: Exception) -> None:
    home = session(lambda _: error)
    with pytest.raises(type(error)):
        Writer(home, table=PAIRS, keyspace="k").write([("a", 0)])
    assert home.requests == [1]


def test_a_node_that_is_away_may_come_back_and_a_refusal_may_not() -> None:
    assert passing(NoHostAvailable("", {"h": ConnectionRefusedError()}))
    assert passing(Unavailable("", consistency=0))
    assert not passing(NoHostAvailable("", {"h": AuthenticationFailed("no")}))


def test_a_tenth_of_a_second_lets_a_tenth_of_the_limit_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [10.0], []
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda seconds: (slept.append(seconds), now.__setitem__(0, now[0] + seconds)))
    monkeypatch.setattr(keyspaces_writing, "time", clock)
    pace = Pace(100)
    for _ in range(25):
        pace.wait()
    assert slept == [pytest.approx(0.1), pytest.approx(0.1)]


def test_ranges_hold_every_token_once() -> None:
    found = ranges(7)
    assert (found[0][0], found[-1][1]) == (LOWEST, HIGHEST)
    assert all(one[1] == two[0] for one, two in pairwise(found))


def test_pages_are_read_to_the_end_also_over_empty_ones_and_timeouts() -> None:
    pages: list[Any] = [
        SimpleNamespace(current_rows=[1, 2], paging_state=b"1"), timed_out(), SimpleNamespace(current_rows=[], paging_state=b"2"),
        SimpleNamespace(current_rows=[3], paging_state=None),
    ]  # fmt: skip
    asked: list[bytes | None] = []

    def execute(_: Any, *, paging_state: bytes | None) -> Any:
        asked.append(paging_state)
        page = pages.pop(0)
        if isinstance(page, Exception):
            raise page
        return page

    statement = SimpleNamespace(bind=lambda values: values, fetch_size=0)
    reader = Reader(SimpleNamespace(prepare=lambda _: statement, execute=execute), table=PAIRS, keyspace="k")
    assert list(reader.read((0, 1))) == [1, 2, 3]
    assert asked == [None, b"1", b"1", b"2"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    [path] = sample("retail", tmp_path, rows=2_000, files=1, seed=3).files
    return path


def loaded(home: Session, path: Path, *, limits: Limits | None = None) -> Any:
    return load_file(path, target=Target(home, dataset=RETAIL, keyspace="k", limits=limits))


def test_a_file_is_loaded_with_an_account_of_every_line_and_once_only(file: Path, tmp_path: Path) -> None:
    home = session()
    first = loaded(home, file)
    assert (first.rows_in, first.rows_loaded, first.rows_refused, first.done) == (2_000, 1_997, 3, True)
    assert len(home.rows["online_retail"]) == 1_997, "no line took another's place"
    assert {row[3] for row in home.rows["refused_lines"].values()} == set(first.reasons)
    written = len(home.requests)
    assert loaded(home, file).known_as == file.name
    copy = tmp_path / "copy.csv"
    copy.write_bytes(file.read_bytes())
    assert loaded(home, copy).known_as == file.name
    assert len(home.requests) == written


def test_other_content_under_a_known_name_is_refused(file: Path) -> None:
    home = session()
    loaded(home, file)
    file.write_text(file.read_text(encoding="utf-8-sig") + "\n")
    with pytest.raises(OtherContent, match="with other content"):
        loaded(home, file)


def test_a_load_that_is_cut_off_goes_on_where_it_stopped_and_ends_the_same(file: Path) -> None:
    whole, cut = session(), session()
    everything = loaded(whole, file)
    cut.trouble = lambda _: timed_out() if any(row[4] for row in cut.rows["loads"].values()) else None  # once a window is done
    with pytest.raises(NotWritten):
        loaded(cut, file, limits=QUICK)
    held = len(cut.rows["online_retail"])
    assert 590 < held < 1_997
    with pytest.raises(Incomplete, match="has not come to its end"):
        refuse_unfinished(list(Target(cut, dataset=RETAIL, keyspace="k").files().values()))
    cut.trouble, before = lambda _: None, sum(cut.requests)
    assert loaded(cut, file) == everything
    assert cut.rows["online_retail"] == whole.rows["online_retail"]
    assert sum(cut.requests) - before < 2_000 - 600 + 10, "windows that were done are not sent again"


def test_a_load_that_is_cut_off_at_its_first_lines_is_known_before_any_of_its_rows_is_there(file: Path) -> None:
    whole, cut = session(), session()
    everything = loaded(whole, file)
    cut.trouble = lambda number: timed_out() if number > 5 else None
    with pytest.raises(NotWritten):
        loaded(cut, file, limits=QUICK)
    assert 0 < len(cut.rows["online_retail"]) < 600
    with pytest.raises(Incomplete, match="has not come to its end"):
        refuse_unfinished(list(Target(cut, dataset=RETAIL, keyspace="k").files().values()))
    cut.trouble = lambda _: None
    assert loaded(cut, file) == everything
    assert cut.rows["online_retail"] == whole.rows["online_retail"]


def test_an_export_depends_on_files_and_declaration() -> None:
    with pytest.raises(Incomplete, match="mill load"):
        refuse_unfinished([])
    home = session()
    files = list(Target(home, dataset=RETAIL, keyspace="k").files().values())
    assert fingerprint(files, dataset=RETAIL) != fingerprint(files, dataset=_without_rules())


def _without_rules() -> Any:
    from dataclasses import replace

    return replace(RETAIL, rules=())


def test_the_place_is_amazons_unless_the_process_is_told_another(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAKEMILL_KEYSPACES_ENDPOINT", "LAKEMILL_KEYSPACES_CA"):
        monkeypatch.delenv(name, raising=False)
    assert keyspaces.Place.of("eu-west-1") == keyspaces.Place(host="cassandra.eu-west-1.amazonaws.com", port=9142)
    assert keyspaces.Place.of("cn-north-1").host == "cassandra.cn-north-1.amazonaws.com.cn"
    monkeypatch.setenv("LAKEMILL_KEYSPACES_ENDPOINT", "10.0.0.1:99")
    monkeypatch.setenv("LAKEMILL_KEYSPACES_CA", "/ca.pem")
    assert keyspaces.Place.of("eu-west-1") == keyspaces.Place(host="10.0.0.1", port=99, authorities="/ca.pem")


@pytest.mark.parametrize(
    ("error", "attempts"), [(AuthenticationFailed("wrong date"), keyspaces.LOGINS), (ConnectionRefusedError("away"), 1)]
)
def test_a_login_is_tried_again_because_of_the_plug_ins_wrong_date_and_then_told(
    monkeypatch: pytest.MonkeyPatch, error: Exception, attempts: int
) -> None:
    tried: list[int] = []

    def fails() -> None:
        tried.append(1)
        raise NoHostAvailable("no", {"h:1": error})

    monkeypatch.setattr(keyspaces, "_cluster", lambda *_, **__: SimpleNamespace(connect=fails, shutdown=lambda: None))
    with pytest.raises(keyspaces.NotConnected, match=f"Keyspaces at h:1: {type(error).__name__}"):
        keyspaces.connect(SimpleNamespace(region_name="r"), place=keyspaces.Place(host="h", port=1))
    assert len(tried) == attempts


def test_patience_begins_anew_whenever_something_gets_better(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(keyspaces_patience, "time", clock)
    monkeypatch.setattr(keyspaces_patience, "FIRST", 1.0)
    pauses = Patience(seconds=10).pauses()
    next(pauses)
    for _ in range(50):
        pauses.send(True)
    assert now[0] > 20, "longer than its patience, with progress all the time"
    before = now[0]
    assert 2 < sum(1 for _ in pauses) < 50
    assert 10 - 1 <= now[0] - before < 25  # patience began before the last pause, of a second at most


def test_a_table_that_takes_a_little_at_a_time_takes_everything() -> None:
    home = session(lambda number: timed_out() if number % 3 else None)
    Writer(home, table=PAIRS, keyspace="k", limits=QUICK).write([(str(number), 0) for number in range(500)])
    assert len(home.rows["pairs"]) == 500
