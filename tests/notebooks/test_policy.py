"""The rights that the guide gives who works with the notebook: named actions on named things."""

import json
import re
from typing import Any

from lakemill import models
from lakemill.datasets import wide
from tests.architecture.sources import ROOT

TEXT = (ROOT / "docs" / "notebook-policy.json").read_text()
STATEMENTS: list[dict[str, Any]] = json.loads(TEXT)["Statement"]
LONGEST = 6144  # characters of a managed policy, spaces apart


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_every_action_is_named_and_only_a_list_is_on_everything() -> None:
    assert [action for each in STATEMENTS for action in listed(each["Action"]) if "*" in action] == []
    assert [each["Action"] for each in STATEMENTS if "*" in listed(each["Resource"])] == ["sagemaker:ListTrainingJobs"]
    assert all(resource == "*" or "{" in resource for each in STATEMENTS for resource in listed(each["Resource"]))


def test_a_role_is_passed_to_sagemaker_only() -> None:
    [conditions] = [each["Condition"] for each in STATEMENTS if each["Action"] == "iam:PassRole"]
    assert conditions == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_its_tables_are_the_declared_ones() -> None:
    model = models.model("segments")
    named = {str(each["Action"]): set(re.findall(r"/table/(\w+)", " ".join(listed(each["Resource"])))) for each in STATEMENTS}
    assert named["cassandra:Select"] == {wide()[model.dataset].table, model.mapping, model.runs}
    assert named["cassandra:Modify"] == {model.mapping, model.runs}


def test_it_has_four_blanks_and_fits_into_a_policy() -> None:
    assert set(re.findall(r"{(\w+)}", TEXT)) == {"env", "region", "account", "key"}
    filled = re.sub(r"{\w+}", "1" * 36, TEXT)
    assert len(re.sub(r"\s", "", filled)) <= LONGEST
