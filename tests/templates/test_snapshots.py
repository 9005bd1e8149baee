"""Every template as it was last agreed on. After a change on purpose: pytest --snapshot-update, and read the difference."""

import json
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.stage import ORDER
from tests.templates.reading import Platform, masked


class PlainJSON(JSONSnapshotExtension):
    """Templates are JSON already: nothing in them is looked through for what JSON cannot say, which takes as long as writing it."""

    def serialize(self, data: Any, **unused: Any) -> str:
        return json.dumps(data, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


@pytest.mark.parametrize("stage", ORDER)
@pytest.mark.parametrize("environment", ["dev", "prod", "erased"])
def test_the_template_is_the_agreed_one(request: pytest.FixtureRequest, environment: str, stage: str, snapshot: SnapshotAssertion) -> None:
    platform: Platform = request.getfixturevalue(environment)
    assert masked(platform.templates[stage]) == snapshot.use_extension(PlainJSON)
