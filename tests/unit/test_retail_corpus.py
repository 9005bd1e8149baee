"""The corpus of retail files, file by file: rows, lines refused with reason and text, or a file refused as a whole with nothing loaded."""

from pathlib import Path

import pytest

from cli.load_wide import refuse_names
from cli.problem import Problem
from cli.uploads import planned
from lakemill.datasets import wide
from lakemill.keyspaces_load import Target, load_file
from lakemill.wide import LOADS, REFUSED
from lakemill.wide_rows import RAW_CHARACTERS, HeaderError, UnreadableError
from tests.corpus.retail import Case, cases
from tests.unit.keyspaces_fake import Session

RETAIL = wide()["retail"]
CASES = {case.name: case for case in cases()}


def load(home: Session, path: Path) -> str:
    """Load as the command does; the error, or nothing."""
    try:
        [upload] = planned("retail", [path])
        refuse_names([upload.path.name])
        load_file(upload.path, target=Target(home, dataset=RETAIL, keyspace="k"))
    except (Problem, HeaderError, UnreadableError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("case", CASES.values(), ids=map(ascii, CASES))
def test_every_line_is_a_row_or_refused_with_its_reason_or_nothing_is_loaded(tmp_path: Path, case: Case) -> None:
    home, path = Session(RETAIL.wide(), LOADS, REFUSED), tmp_path / case.name
    path.write_bytes(case.make())
    said = load(home, path)
    assert bool(said) == bool(case.said)
    assert case.said in said
    if case.said:
        assert not any(home.rows.values()), "half-loaded"
        return
    refused: dict[str, list[int]] = {}
    for _, _, number, reason, raw in home.rows[REFUSED.name].values():
        refused.setdefault(reason, []).append(number)
        assert 0 < len(raw) <= RAW_CHARACTERS
    assert refused == dict(case.refused)
    assert len(home.rows[RETAIL.table]) == case.loaded
    [kept] = home.rows[LOADS.name].values()
    account = dict(zip(LOADS.columns, kept, strict=True))
    assert (account["rows_in"], account["rows_loaded"]) == (case.rows_in, case.loaded)
    assert account["rows_in"] == account["rows_loaded"] + account["rows_refused"]


def test_folders_and_files_that_may_not_be_read_are_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder.csv").mkdir()
    closed = tmp_path / "closed.csv"
    closed.write_bytes(CASES["first.csv"].make())

    def refuse(path: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)  # whoever tests may be allowed everything
    with pytest.raises(Problem) as caught:
        planned("retail", [tmp_path / "folder.csv", closed, tmp_path / "absent.csv"])
    for part in (
        "folder.csv: no .csv or .csv.gz files in this folder",
        "closed.csv: cannot be read (Permission denied)",
        "absent.csv: no such file",
    ):
        assert part in str(caught.value)


def test_no_row_of_the_corpus_is_another_ones() -> None:
    assert len({case.make for case in CASES.values()}) == len(CASES)
    assert {"rows", "whole"} == {"whole" if case.said else "rows" for case in CASES.values()}
