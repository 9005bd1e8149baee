"""The training script as it is sent: what it finds in planted customers, what it refuses, and what it keeps."""

import importlib
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
KINDS = ((3, 40, 9000), (20, 8, 900), (40, 2, 120), (250, 1, 60))


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """The modules of training/segments, imported as the image imports them."""
    names = ("segmenting", "serve", "train")
    sys.path.insert(0, str(ROOT / "training" / "segments"))
    yield {name: importlib.import_module(name) for name in names}
    sys.path.pop(0)
    for name in names:
        sys.modules.pop(name)


def customers(*, each: int = 60, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return [
        f"{10000 + place * each + number}," + ",".join(f"{value * chance.uniform(0.9, 1.1):.4f}" for value in kind)
        for place, kind in enumerate(KINDS)
        for number in range(each)
    ]


def trained(scripts: dict[str, ModuleType], folder: Path, *, lines: list[str], files: int = 1, **options: str) -> Path:
    for name in ("in", "model", "out"):
        (folder / name).mkdir(parents=True)
    for number in range(files):
        (folder / "in" / f"part-{number}").write_text("\n".join(lines[number::files]) + "\n")
    places = {"input_dir": "in", "model_dir": "model", "output_dir": "out"}
    given = {**{name: str(folder / place) for name, place in places.items()}, **options}
    scripts["train"].main([part for name, value in given.items() for part in (f"--{name}", value)])
    return folder / "model"


def answers(scripts: dict[str, ModuleType], model: Path, lines: list[str]) -> list[list[str]]:
    serve = scripts["serve"]
    body, kind = serve.output_fn(
        serve.predict_fn(serve.input_fn("\n".join(lines).encode(), "text/csv"), serve.model_fn(str(model))), "text/csv"
    )
    assert kind == "text/csv"
    return [line.split(",") for line in body.splitlines()]


def test_planted_kinds_are_found_and_segments_are_numbered_by_what_they_spend(scripts, tmp_path: Path, capsys) -> None:
    lines = customers()
    model = trained(scripts, tmp_path, lines=lines, tolerance="0")
    about = json.loads((model / "model.json").read_text())
    assert (about["segments"], about["sizes"], about["customers"]) == (4, [60] * 4, 240)
    found = answers(scripts, model, lines)
    assert [row[0] for row in found] == [line.partition(",")[0] for line in lines]
    assert [row[1] for row in found] == ["4"] * 60 + ["3"] * 60 + ["2"] * 60 + ["1"] * 60
    said = capsys.readouterr().out
    assert "metric segments=4.000000\n" in said
    assert "metric silhouette=0." in said


def test_equal_customers_give_equal_models_in_whatever_order_and_number_of_files_they_come(scripts, tmp_path: Path) -> None:
    lines = customers()
    mixed = random.Random(3).sample(lines, len(lines))
    one, two = trained(scripts, tmp_path / "a", lines=lines), trained(scripts, tmp_path / "b", lines=mixed, files=3)
    assert (one / "model.json").read_text() == (two / "model.json").read_text()
    with np.load(one / "model.npz") as first, np.load(two / "model.npz") as second:
        assert all((first[name] == second[name]).all() for name in ("centres", "mean", "spread"))


def test_a_segment_that_holds_few_is_not_chosen_and_a_number_may_be_given(scripts, tmp_path: Path) -> None:
    whales = [f"{number},1,500,{9e6 + number}" for number in range(3)]
    lines = [*customers(), *whales]
    found = json.loads((trained(scripts, tmp_path / "a", lines=lines, tolerance="0") / "model.json").read_text())
    assert min(found["sizes"]) >= 0.05 * len(lines)
    fixed = json.loads((trained(scripts, tmp_path / "b", lines=lines, segments="6") / "model.json").read_text())
    assert (fixed["segments"], list(fixed["silhouettes"])) == (6, ["6"])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "0 customers are too few"),
        (["1,1,1,1"], "1 customers are too few"),
        ([f"{n},{n},5,{n}" for n in range(9)], "same frequency"),
        (["1,1,2,3", "1,2,3,4", "2,4,5,6"], "1 customers stand there twice"),
        (["1,1,2", "2,3,4"], "holds 2 values; there are 3 features"),
        (["1,1,2,many"], "something else than numbers"),
        ([f"{n},{n},{n},{-n}" for n in range(9)], "-1 or less"),
        ([f"{n},{n},{n},nan" for n in range(9)], "missing"),
    ],
)
def test_data_that_no_model_can_come_of_is_refused_and_nothing_is_kept(scripts, tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        trained(scripts, tmp_path, lines=lines)
    assert said in (tmp_path / "out" / "failure").read_text()
    assert not list((tmp_path / "model").iterdir())


def test_what_is_kept_serves_from_its_own_folder_and_runs_nothing_when_read(scripts, tmp_path: Path) -> None:
    model = trained(scripts, tmp_path, lines=customers())
    assert sorted(path.name for path in (model / "code").iterdir()) == ["segmenting.py", "serve.py"]
    assert not {"pickle", "joblib"} & {line.strip() for path in (model / "code").glob("*.py") for line in path.read_text().splitlines()}


def test_a_model_that_was_changed_or_cut_is_not_served(scripts, tmp_path: Path) -> None:
    model = trained(scripts, tmp_path, lines=customers())
    kept = (model / "model.npz").read_bytes()
    (model / "model.npz").write_bytes(kept[: len(kept) // 2])
    with pytest.raises(Exception, match=r"zip|magic|EOF|File"):
        scripts["serve"].model_fn(str(model))
    (model / "model.npz").write_bytes(kept)
    about = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps({**about, "features": ["recency"]}))
    with pytest.raises(ValueError, match="1 features"):
        scripts["serve"].model_fn(str(model))


@pytest.mark.parametrize(("kind", "accept"), [("application/json", "text/csv"), ("text/csv", "application/json")])
def test_other_content_than_csv_is_refused(scripts, kind: str, accept: str) -> None:
    serve = scripts["serve"]
    with pytest.raises(ValueError, match="text/csv"):
        serve.output_fn(serve.input_fn("", kind) and [], accept) if kind != "text/csv" else serve.output_fn([], accept)
