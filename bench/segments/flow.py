"""The whole flow at home, and what a training job takes besides its script."""

import time
from collections.abc import Iterator
from typing import Any

from bench.clean.results import Number
from bench.segments.at_home import Shop
from cli.run import run_flow
from cli.words import duration

FLOW = "segments"


def whole(shop: Shop) -> Iterator[Number]:
    """`mill run segments` with everything loaded and nothing exported, then again, reading everything again."""
    shop.loaded()
    spent = []
    for _ in range(2):
        began = time.perf_counter()
        run_flow(shop.platform, FLOW, given={"again": True})
        spent.append(time.perf_counter() - began)
    told = f"{duration(spent[1])} (the first run {duration(spent[0])})"
    yield Number("`mill run segments`, everything read again, second run; seconds", spent[1], 120, told)


def training(shop: Shop) -> Iterator[Number]:
    """Three jobs of the flow: the seconds between being asked for and ended, without those of the script."""
    shop.loaded()
    for _ in range(3 - len(_jobs(shop))):
        run_flow(shop.platform, FLOW, given={})
    found = sorted(_overhead(job) for job in _jobs(shop))
    told = ", ".join(f"{seconds:.1f} s" for seconds in found)
    yield Number("a training job without its script's own time, best of three", found[0], 2, told)


def _jobs(shop: Shop) -> list[Any]:
    client = shop.root("sagemaker")
    names = [each["TrainingJobName"] for each in client.list_training_jobs()["TrainingJobSummaries"]]
    return [client.describe_training_job(TrainingJobName=name) for name in names]


def _overhead(job: Any) -> float:
    """A job's time less that in which its script ran, as its own states say it."""
    (script,) = (each for each in job["SecondaryStatusTransitions"] if each["Status"] == "Training")
    whole = job["TrainingEndTime"] - job["CreationTime"]
    return float((whole - (script["EndTime"] - script["StartTime"])).total_seconds())
