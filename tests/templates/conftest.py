"""The platform as templates: synthesized once per set of context values, never deployed."""

import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")

import aws_cdk as cdk
import pytest

from app import build
from lakemill import datasets
from tests.templates.reading import Platform
from tools.bundle import bundle

ROOT = Path(__file__).parents[2]
Synth = Callable[..., Platform]


@pytest.fixture(scope="session")
def cdk_context() -> Any:
    return json.loads((ROOT / "cdk.json").read_text())["context"]


@pytest.fixture(scope="session")
def app_of(cdk_context: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., cdk.App]:
    """An app that is built and not yet synthesized, with context values on top of those in cdk.json."""
    bundle()

    def make(**context: object) -> cdk.App:
        return build(cdk.App(context={**cdk_context, **context}, outdir=str(tmp_path_factory.mktemp("cdk.out"))))

    return make


@pytest.fixture(scope="session")
def synth(app_of: Callable[..., cdk.App]) -> Synth:
    """The platform for context values such as env="prod", made once for each."""

    @cache
    def make(**context: object) -> Platform:
        return Platform.of(app_of(**context).synth())

    return make


@pytest.fixture(scope="session")
def dev(synth: Synth) -> Platform:
    return synth()


@pytest.fixture(scope="session")
def prod(synth: Synth) -> Platform:
    return synth(env="prod")


@pytest.fixture(scope="session")
def erased(synth: Synth) -> Platform:
    """dev with both keys to destroy its data turned."""
    return synth(erase="dev")


@pytest.fixture(scope="session")
def elsewhere(app_of: Callable[..., cdk.App]) -> Platform:
    """dev made with another account's and region's credentials at hand, and with the key to destroy another environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDK_DEFAULT_ACCOUNT", "222222222222")
        patch.setenv("CDK_DEFAULT_REGION", "us-gov-east-1")
        return Platform.of(app_of(erase="prod").synth())


@pytest.fixture(scope="session")
def optional(app_of: Callable[..., cdk.App], cdk_context: dict[str, Any]) -> Platform:
    """prod with every setting that is off by default, and with one of the two keys to destroy its data."""
    values = {**cdk_context["environments"]["prod"], "notice_email": "ops@example.org", "lake_formation": "grant", "arrival_seconds": 20}
    values |= {"monthly_budget_usd": 50}
    values |= {"model_endpoint": "instance", "endpoint_capture_percent": 20}
    return Platform.of(app_of(env="prod", erase="prod", environments={"prod": values}).synth())


@pytest.fixture(scope="session")
def serverless(app_of: Callable[..., cdk.App], cdk_context: dict[str, Any]) -> Platform:
    """dev with models whose endpoints are serverless."""
    values = {**cdk_context["environments"]["dev"], "segments": True, "model_endpoint": "serverless", "endpoint_isolated": False}
    return Platform.of(app_of(environments={"dev": values}).synth())


@pytest.fixture(scope="session")
def extended(app_of: Callable[..., cdk.App], cdk_context: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """dev with arrival and without models, a dataset more in the flow of calls, and one with a flow of its own."""
    folder, more = tmp_path_factory.mktemp("datasets"), {"tariffs": "calls", "coffee_orders": ""}
    for name, flow in more.items():
        (folder / f"{name}.py").write_text(
            "from lakemill.declare import Column, Dataset\n"
            f"DATASET = Dataset(name={name!r}, description='', columns=(Column(name='code', required=True),), flow={flow!r})\n"
        )
    values = {**cdk_context["environments"]["dev"], "arrival_seconds": 20, "segments": False}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "__path__", [*datasets.__path__, str(folder)])
        datasets.declared.cache_clear()
        try:
            made = Platform.of(app_of(environments={"dev": values}).synth())
        finally:
            datasets.declared.cache_clear()
            for name in more:
                sys.modules.pop(f"lakemill.datasets.{name}", None)
    return made


@pytest.fixture(params=["dev", "prod", "erased"])
def platform(request: pytest.FixtureRequest) -> Platform:
    """Every way the platform is deployed, one after the other."""
    found: Platform = request.getfixturevalue(request.param)
    return found
