"""Serves the segments: lines `customer,value,value…` in, lines `customer,segment,distance` out. NumPy alone, no scikit-learn."""

from pathlib import Path
from typing import Any

from segmenting import Segmenter, load, table

CSV = "text/csv"


def model_fn(model_dir: str) -> Segmenter:
    """The model, checked as it is read."""
    return load(Path(model_dir))


def input_fn(body: str | bytes, content_type: str) -> str:
    """The lines of a request."""
    if content_type.partition(";")[0].strip() != CSV:
        raise ValueError(f"content type {content_type!r}: send {CSV}")
    return body.decode() if isinstance(body, bytes) else body


def predict_fn(lines: str, model: Segmenter) -> list[tuple[str, int, float]]:
    """Each customer's segment and how far it is from the segment's middle."""
    ids, values = table(lines, width=len(model.features))
    segments, distances = model.assign(values)
    return [(name, int(segment), float(distance)) for name, segment, distance in zip(ids, segments, distances, strict=True)]


def output_fn(found: list[tuple[str, int, float]], accept: str) -> Any:
    """The answer as lines; ValueError for a caller who wants something else."""
    if accept not in (CSV, "*/*", ""):
        raise ValueError(f"accept {accept!r}: the answer is {CSV}")
    return "".join(f"{name},{segment},{distance:.6f}\n" for name, segment, distance in found), CSV
