"""The example workflow for GitHub Actions: no stored keys, least rights, only commands and environments that exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs/guide/github-actions.yml"


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(FILE.read_text(), Loader=yaml.BaseLoader)  # text only: `on` stays `on`
    return read


def test_only_the_deployment_may_ask_for_a_token_and_nothing_may_write(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in workflow["jobs"]["test"]
    assert workflow["jobs"]["deploy"]["permissions"] == {"contents": "read", "id-token": "write"}


def test_no_key_is_stored(workflow: dict[str, Any]) -> None:
    assert "secrets." not in FILE.read_text()
    [login] = [each["with"] for each in workflow["jobs"]["deploy"]["steps"] if each.get("uses", "").startswith("aws-actions/")]
    assert set(login) == {"role-to-assume", "aws-region"}


def test_it_deploys_only_what_was_merged_and_tested_one_environment_after_the_other(workflow: dict[str, Any]) -> None:
    deploy = workflow["jobs"]["deploy"]
    assert (deploy["if"], deploy["needs"], deploy["strategy"]["max-parallel"]) == ("github.event_name == 'push'", "test", "1")
    assert set(deploy["strategy"]["matrix"]["env"]) == set(json.loads((ROOT / "cdk.json").read_text())["context"]["environments"])


def test_a_change_is_tested_with_both_halves(workflow: dict[str, Any]) -> None:
    test = workflow["jobs"]["test"]
    assert test["strategy"]["matrix"]["tests"] == ["test", "test-faults"]
    assert test["steps"][-1]["run"] == "make ${{ matrix.tests }}"


def test_its_commands_exist(workflow: dict[str, Any]) -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    runs = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert {each.split()[1] for each in runs if each.startswith("make ")} == {"${{", "setup"}
    assert set(workflow["jobs"]["test"]["strategy"]["matrix"]["tests"]) | {"setup"} <= targets
    assert len(runs) == 5


def test_every_action_is_of_a_stated_version(workflow: dict[str, Any]) -> None:
    used = [step["uses"] for job in workflow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@v\d+", each) for each in used)
