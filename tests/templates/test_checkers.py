"""Second opinions: cdk-nag, CDK's own validator and cfn-lint, each over the templates of every way to deploy."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from app import check
from tests.templates.reading import Platform

WAYS = [{}, {"env": "prod"}, {"erase": "dev"}]
ROOT = Path(__file__).parents[2]
GENTLE = {"@aws-cdk/core:failSynthOnValidationErrors": False}
DOUBLE_DEPENDENCY = "W3005"  # CDK writes dependencies that a reference already implies


def report(app: cdk.App) -> Any:
    return json.loads((Path(check(app).synth().directory) / "validation-report.json").read_text())["pluginReports"]


@pytest.mark.parametrize("way", WAYS)
def test_cdk_nag_has_no_open_finding(app_of: Callable[..., cdk.App], way: dict[str, str]) -> None:
    reports = report(app_of(**way, **GENTLE))
    found = [
        (each["ruleName"], where["constructPath"])
        for plugin in reports
        for each in plugin["violations"]
        for where in each["violatingConstructs"]
    ]
    assert found == []
    assert [plugin["pluginName"] for plugin in reports] == ["AwsSolutions"]


def test_every_acknowledged_cdk_nag_finding_has_a_reason_and_stands_in_this_list(app_of: Callable[..., cdk.App], snapshot: object) -> None:
    silenced = [each for plugin in report(app_of(**GENTLE)) for each in plugin.get("suppressedViolations", [])]
    reasons = sorted({(each["acknowledgedId"], each["reason"]) for each in silenced})
    assert all(len(reason) > 40 for _, reason in reasons)
    assert reasons == snapshot


def test_cfn_lint_finds_nothing(prod: Platform, erased: Platform) -> None:
    from cfnlint.api import lint  # takes seconds to import, which every other test of this folder would pay

    for platform in (prod, erased):  # what dev has, these have too, and seconds count
        for stage, template in platform.templates.items():
            found = [f"{each.rule.id} {each.message}" for each in lint(json.dumps(template)) if each.rule.id != DOUBLE_DEPENDENCY]
            assert not found, f"{platform.folder.name} {stage}"


PLANTED = """
import aws_cdk as cdk, app
platform = app.check(app.build(cdk.App()))
cdk.CfnResource(platform.node.find_child("lakemill-dev-query"), "Planted", type="AWS::Athena::NamedQuery", properties={"Nonsense": 1})
platform.synth()
"""


def test_cdks_own_validator_finds_a_planted_mistake_and_nothing_else(cdk_context: dict[str, object], tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CDK_VALIDATION"}
    environment |= {"CDK_OUTDIR": str(tmp_path), "CDK_CONTEXT_JSON": json.dumps({**cdk_context, **GENTLE})}
    done = subprocess.run([sys.executable, "-c", PLANTED], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (tmp_path / "validation-report.json").exists(), done.stderr
    plugins = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    found = {where["constructPath"] for plugin in plugins for each in plugin["violations"] for where in each["violatingConstructs"]}
    assert found == {"lakemill-dev-query/Planted"}, done.stdout + done.stderr
