"""What training and serving share: how customers become points, and which segment a point belongs to. NumPy alone."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

ARRAYS, ABOUT = "model.npz", "model.json"


@dataclass(frozen=True)
class Segmenter:
    """Centres of segments among standardised logarithms. Segment 1 spends least, the last one most."""

    centres: Any
    mean: Any
    spread: Any
    features: tuple[str, ...]

    def assign(self, values: Any) -> tuple[Any, Any]:
        """For rows of feature values, each one's segment and its distance from the segment's centre."""
        points = (logarithms(values) - self.mean) / self.spread
        squares = ((points[:, None, :] - self.centres[None, :, :]) ** 2).sum(axis=2)
        nearest = squares.argmin(axis=1)
        return nearest + 1, np.sqrt(squares[np.arange(len(points)), nearest])

    def save(self, folder: Path, *, about: dict[str, Any]) -> None:
        """Keeps arrays and facts as data that is read without running anything."""
        np.savez(folder / ARRAYS, centres=self.centres, mean=self.mean, spread=self.spread)
        (folder / ABOUT).write_text(json.dumps({**about, "features": list(self.features)}, indent=2, sort_keys=True))


def load(folder: Path) -> Segmenter:
    """The segmenter that `save` kept; ValueError if arrays and facts do not fit."""
    about = json.loads((folder / ABOUT).read_text())
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        found = Segmenter(arrays["centres"], arrays["mean"], arrays["spread"], tuple(about["features"]))
    width = len(found.features)
    if found.centres.ndim != 2 or not found.centres.shape[1] == len(found.mean) == len(found.spread) == width:
        raise ValueError(f"{ARRAYS} has centres of shape {found.centres.shape} for the {width} features of {ABOUT}")
    if not all(np.isfinite(each).all() for each in (found.centres, found.mean, found.spread)):
        raise ValueError(f"{ARRAYS} holds values that are no numbers")
    return found


def logarithms(values: Any) -> Any:
    """log(1 + value): a few customers spend a thousand times what others do. ValueError for values that have none."""
    if not np.isfinite(values).all() or (values <= -1).any():
        raise ValueError("a feature is missing or -1 or less, and has no logarithm")
    return np.log1p(values)


def table(text: str, *, width: int) -> tuple[list[str], Any]:
    """Lines `id,value,value…` as ids and an array of values; ValueError names the first line that is none."""
    ids, values = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        first, *rest = line.split(",")
        try:
            values.append([float(each) for each in rest])
        except ValueError:
            raise ValueError(f"line {number} holds something else than numbers after its id") from None
        if len(rest) != width:
            raise ValueError(f"line {number} holds {len(rest)} values; there are {width} features")
        ids.append(first)
    return ids, np.array(values, dtype=float).reshape(len(ids), width)
