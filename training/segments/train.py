"""Trains the segments: k-means over standardised logarithms of the features. Runs in SageMaker's script mode, without a network.

The number of segments is given, or found: of 3 to 10 clusters in which none holds less than `smallest_share` of the customers,
the largest number whose silhouette is within `tolerance` of the best. Equal data gives equal models, whatever its order.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # on few points threads wait for each other longer than they work

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from segmenting import Segmenter, logarithms, table
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

FEWEST, MOST = 3, 10
STARTS = 10
SAMPLE = 10_000  # customers that a silhouette is computed over: its cost grows with their square


def main(argv: list[str] | None = None) -> None:
    """Train from the channel `features` and keep the model; what went wrong goes where SageMaker looks for it."""
    options = arguments(argv)
    try:
        train(options)
    except ValueError as error:
        failure = Path(options.output_dir) / "failure"
        failure.parent.mkdir(parents=True, exist_ok=True)
        failure.write_text(str(error))
        sys.exit(f"training failed: {error}")


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """Hyperparameters and the places that SageMaker names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", default="recency,frequency,monetary")
    parser.add_argument("--segments", default="auto", help="a number, or auto")
    parser.add_argument("--order_by", default="monetary")
    parser.add_argument("--smallest_share", type=float, default=0.05)
    parser.add_argument("--tolerance", type=float, default=0.02)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--input_dir", default=os.environ.get("SM_CHANNEL_FEATURES"))
    parser.add_argument("--model_dir", default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--output_dir", default=os.environ.get("SM_OUTPUT_DIR", "/opt/ml/output"))
    return parser.parse_known_args(argv)[0]


def train(options: argparse.Namespace) -> None:
    """Read, fit, tell, keep. ValueError for data that no model can come of."""
    names = tuple(options.features.split(","))
    ids, values = read(Path(options.input_dir), width=len(names))
    refuse_useless(ids, values, names=names)
    logs = logarithms(values)
    mean, spread = logs.mean(axis=0), logs.std(axis=0)
    points = (logs - mean) / spread
    fits = {k: fit(points, clusters=k, seed=options.seed) for k in wanted(options.segments, customers=len(ids))}
    chosen = choose(fits, smallest_share=options.smallest_share, tolerance=options.tolerance, fixed=options.segments != "auto")
    centres = ordered(fits[chosen], by=values[:, names.index(options.order_by)])
    model = Segmenter(centres, mean, spread, names)
    segments, _ = model.assign(values)
    sizes = np.bincount(segments, minlength=chosen + 1)[1:]
    silhouettes = {k: round(each["silhouette"], 6) for k, each in fits.items()}
    tell(silhouette=silhouettes[chosen], segments=chosen, customers=len(ids), smallest_share=sizes.min() / len(ids))
    about = {"segments": chosen, "sizes": sizes.tolist(), "silhouettes": silhouettes, "customers": len(ids), "seed": options.seed}
    keep(model, folder=Path(options.model_dir), about=about)


def read(folder: Path, *, width: int) -> tuple[list[str], Any]:
    """All files of the channel, in the order of the ids: files and lines arrive in any order."""
    texts = [path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()]
    ids, values = table("\n".join(texts), width=width)
    order = sorted(range(len(ids)), key=ids.__getitem__)
    return [ids[place] for place in order], values[order]


def refuse_useless(ids: list[str], values: Any, *, names: tuple[str, ...]) -> None:
    """ValueError for too few customers, for one twice, and for a feature in which all are equal."""
    if len(ids) < FEWEST:
        raise ValueError(f"{len(ids)} customers are too few: there must be {FEWEST} or more")
    if len(set(ids)) < len(ids):
        raise ValueError(f"{len(ids) - len(set(ids))} customers stand there twice")
    flat = [name for name, least, most in zip(names, values.min(axis=0), values.max(axis=0), strict=True) if least == most]
    if flat:
        raise ValueError(f"all customers have the same {', '.join(flat)}")


def wanted(segments: str, *, customers: int) -> range:
    """The numbers of clusters to try."""
    if segments == "auto":
        return range(FEWEST, min(MOST, customers - 1) + 1)
    number = int(segments)
    if not 2 <= number < customers:
        raise ValueError(f"{number} segments of {customers} customers: there must be 2 or more, and fewer than customers")
    return range(number, number + 1)


def fit(points: Any, *, clusters: int, seed: int) -> dict[str, Any]:
    """One clustering: its centres, labels, silhouette and smallest share."""
    found = KMeans(n_clusters=clusters, n_init=STARTS, random_state=seed).fit(points)
    sample = SAMPLE if len(points) > SAMPLE else None
    score = float(silhouette_score(points, found.labels_, sample_size=sample, random_state=seed))
    share = np.bincount(found.labels_, minlength=clusters).min() / len(points)
    return {"centres": found.cluster_centers_, "labels": found.labels_, "silhouette": score, "share": float(share)}


def choose(fits: dict[int, dict[str, Any]], *, smallest_share: float, tolerance: float, fixed: bool) -> int:
    """The number of segments by the rule above."""
    if fixed:
        return next(iter(fits))
    fair = {k: each for k, each in fits.items() if each["share"] >= smallest_share}
    if not fair:
        raise ValueError(f"every clustering has one with less than {smallest_share:.0%} of the customers: give a number of segments")
    best = max(each["silhouette"] for each in fair.values())
    return max(k for k, each in fair.items() if each["silhouette"] >= best - tolerance)


def ordered(found: dict[str, Any], *, by: Any) -> Any:
    """The centres, the cluster with the lowest mean first."""
    means = [by[found["labels"] == label].mean() for label in range(len(found["centres"]))]
    return found["centres"][np.argsort(means, kind="stable")]


def tell(**metrics: float) -> None:
    """One log line per metric, which the job's metric definitions find."""
    for name, value in metrics.items():
        sys.stdout.write(f"metric {name}={value:.6f}\n")


def keep(model: Segmenter, *, folder: Path, about: dict[str, Any]) -> None:
    """The model, and beside it the code that serves it."""
    model.save(folder, about=about)
    (folder / "code").mkdir(exist_ok=True)
    for path in (Path(__file__).with_name(name) for name in ("serve.py", "segmenting.py")):
        shutil.copyfile(path, folder / "code" / path.name)


if __name__ == "__main__":
    main()
