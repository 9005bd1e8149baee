"""The variants of the platform that template tests read. Run as a process of its own it makes most (tests/templates/beside.py)."""

import gc
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any
from unittest.mock import patch

import aws_cdk as cdk

from app import build
from lakemill import datasets
from tests.templates.beside import NAMES, ROOT

MORE = {"tariffs": "calls", "coffee_orders": ""}  # datasets by their flow, which one variant has more
ELSEWHERE = {"CDK_DEFAULT_ACCOUNT": "222222222222", "CDK_DEFAULT_REGION": "us-gov-east-1"}


def context() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return values


def app_in(folder: Path, **values: object) -> cdk.App:
    """An app that is built and not yet synthesized, with context values on top of those in cdk.json."""
    return build(cdk.App(context={**context(), **values}, outdir=str(folder)))


def prod(folder: Path) -> None:
    app_in(folder, env="prod").synth()


def erased(folder: Path) -> None:
    """dev with both keys to destroy its data turned."""
    app_in(folder, erase="dev").synth()


def optional(folder: Path) -> None:
    """prod with every setting that is off by default, and with one of the two keys to destroy its data."""
    values = {**context()["environments"]["prod"], "notice_email": "ops@example.org", "lake_formation": "grant", "arrival_seconds": 20}
    values |= {"monthly_budget_usd": 50, "model_endpoint": "instance", "endpoint_capture_percent": 20}
    app_in(folder, env="prod", erase="prod", environments={"prod": values}).synth()


def serverless(folder: Path) -> None:
    """dev with models whose endpoints are serverless."""
    values = {**context()["environments"]["dev"], "model_endpoint": "serverless", "endpoint_isolated": False}
    app_in(folder, environments={"dev": values}).synth()


def extended(folder: Path) -> None:
    """dev with arrival and without models, a dataset more in the flow of calls, and one with a flow of its own."""
    declared = folder.with_suffix(".datasets")
    declared.mkdir()
    for name, flow in MORE.items():
        (declared / f"{name}.py").write_text(
            "from lakemill.declare import Column, Dataset\n"
            f"DATASET = Dataset(name={name!r}, description='', columns=(Column(name='code', required=True),), flow={flow!r})\n"
        )
    values = {**context()["environments"]["dev"], "arrival_seconds": 20, "segments": False}
    with patch.object(datasets, "__path__", [*datasets.__path__, str(declared)]):
        datasets.declared.cache_clear()
        app_in(folder, environments={"dev": values}).synth()
    datasets.declared.cache_clear()


def elsewhere(folder: Path) -> None:
    """dev made with another account's and region's credentials at hand, and with the key to destroy another environment."""
    with patch.dict(os.environ, ELSEWHERE):
        app_in(folder, erase="prod").synth()


def main(folder: Path) -> None:
    gc.disable()  # as in app.py
    for name in NAMES:
        draft = folder / f"{name}.draft"
        try:
            globals()[name](draft)
        except Exception:
            (folder / f"{name}.error").write_text(traceback.format_exc())
        else:
            draft.rename(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
