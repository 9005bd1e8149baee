"""`mill declare` guesses a declaration that the platform accepts, and never overwrites one."""

import gzip
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from cli.declare import command
from cli.declare.guessing import Guess, guessed
from lakemill.datasets.calls import DATASET as CALLS
from lakemill.declare import Dataset, Type
from lakemill.samples import sample
from tests.cli.kinds import Mill

Declared = Callable[..., Dataset]


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where declarations are written, in place of the project's own folder."""
    found = tmp_path / "datasets"
    found.mkdir()
    monkeypatch.setattr(command, "FOLDER", found)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    return found


@pytest.fixture
def declared(mill: Mill, folder: Path) -> Declared:
    """The dataset that `mill declare` makes of a file."""

    def make(name: str, file: Path) -> Dataset:
        result = mill("declare", name, str(file))
        assert result.exit_code == 0, result.stderr
        spec = spec_from_file_location(name, folder / f"{name}.py")
        assert spec
        assert spec.loader
        module: Any = module_from_spec(spec)
        spec.loader.exec_module(module)
        found: Dataset = module.DATASET
        return found

    return make


def test_the_guess_for_call_records_has_the_types_and_formats_that_people_declared(declared: Declared, tmp_path: Path) -> None:
    [file] = sample("calls", tmp_path / "files", rows=3000, files=1, seed=3).files
    found = declared("some_calls", file)
    known = {each.header: (each.type, each.format) for each in CALLS.columns}
    assert {each.header: (each.type, each.format) for each in found.columns if each.header in known} == known
    assert found.months_of == CALLS.months_of


@pytest.mark.parametrize(
    ("values", "guess"),
    [
        (["1", "-2", " 3 ", ""], Guess(Type.INTEGER)),
        (["1", "3000000000"], Guess(Type.LONG)),
        (["1", "9" * 20], Guess(Type.DOUBLE)),
        (["1.5", "2", ".5", "1e-3"], Guess(Type.DOUBLE)),
        (["7,5", "-0,25", "8", ""], Guess(Type.DOUBLE, "0,0")),
        (["1,234", "12,500", "8"], Guess(Type.TEXT)),  # thousands, or thousandths: nobody knows
        (["1.234,5", "2,5"], Guess(Type.TEXT)),
        (["007", "008"], Guess(Type.TEXT)),
        (["1"] * 99 + ["007"], Guess(Type.TEXT)),
        (["1"] * 19 + ["one"], Guess(Type.INTEGER, misfits=1)),
        (["1"] * 18 + ["one", "two"], Guess(Type.TEXT)),
        (["true", "False"], Guess(Type.BOOLEAN)),
        (["2026-02-28"], Guess(Type.DATE, "yyyy-MM-dd")),
        (["2026-02-28", "2026-02-30"], Guess(Type.TEXT)),
        (["28/02/2026"], Guess(Type.DATE, "dd/MM/yyyy")),
        (["02/28/2026"], Guess(Type.DATE, "MM/dd/yyyy")),
        (["02/03/2026"], Guess(Type.DATE, "dd/MM/yyyy", others=("MM/dd/yyyy",))),
        (["28.02.2026 23:59"], Guess(Type.TIMESTAMP, "dd.MM.yyyy HH:mm")),
        (["2026-02-28 23:59:59"], Guess(Type.TIMESTAMP, "yyyy-MM-dd HH:mm:ss")),
        (["2026-02-28T23:59:59"], Guess(Type.TIMESTAMP, "yyyy-MM-dd'T'HH:mm:ss")),
        (["2026-02-28T23:59:59.123"], Guess(Type.TIMESTAMP, "yyyy-MM-dd'T'HH:mm:ss.SSS")),
        (["e", ".", "+"], Guess(Type.TEXT)),
        (["", " "], Guess(Type.TEXT)),
        ([], Guess(Type.TEXT)),
    ],
)
def test_a_column_has_the_narrowest_type_that_nearly_all_values_fit(values: list[str], guess: Guess) -> None:
    assert guessed(values) == guess


def test_headers_become_names_that_sql_and_the_platform_allow(declared: Declared, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv.gz"
    header = '"Order No.",OrderNo,run_id,2nd Price €,"say ""hi""\\",Größe'
    file.write_bytes(gzip.compress(f"\ufeff{header}\n1,2,3,4,5,6\n".encode()))
    found = declared("odd", file)
    assert [each.name for each in found.columns] == ["order_no", "order_no_2", "run_id_", "column_4", "say_hi", "gr_e"]
    assert [each.header for each in found.columns] == ["Order No.", "OrderNo", "run_id", "2nd Price €", 'say "hi"\\', "Größe"]


def test_what_sounds_personal_is_marked_and_said(mill: Mill, declared: Declared, tmp_path: Path) -> None:
    file = tmp_path / "guests.csv"
    file.write_text("id,E-Mail,Card Holder,product name\n1,a@example.org,A,tea\n2,,B,milk\n")
    found = declared("guests", file)
    assert [each.name for each in found.columns if each.pii] == ["e_mail", "card_holder"]
    assert [each.name for each in found.columns if each.required] == ["id"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no row below a header"),
        ("a,b\n", "has no row below a header"),
        ("a;b\n1;2\n", "Columns must be separated by commas"),
        ("a,b\n,\n", "no column of"),
        ("a,b\nx\udce9,1\n", "cannot be read as CSV"),
    ],
)
def test_a_file_that_tells_too_little_makes_no_declaration(mill: Mill, folder: Path, tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "file.csv"
    file.write_bytes(content.encode(errors="surrogateescape"))
    result = mill("declare", "things", str(file))
    assert result.exit_code == 1
    assert said in result.stderr
    assert not list(folder.iterdir())


def test_a_declaration_that_is_there_stays(mill: Mill, folder: Path, tmp_path: Path) -> None:
    (folder / "things.py").write_text("mine")
    file = tmp_path / "file.csv"
    file.write_text("a,b\n1,2\n")
    result = mill("declare", "things", str(file))
    assert result.exit_code == 1
    assert "datasets/things.py is there already" in result.stderr
    assert (folder / "things.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["ledger", "Things", "../things", "1st"])
def test_a_name_that_no_dataset_can_have_is_refused(mill: Mill, folder: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / "file.csv"
    file.write_text("a,b\n1,2\n")
    result = mill("declare", name, str(file))
    assert result.exit_code == 1
    assert "cannot name a dataset" in result.stderr
