"""Every template as it was last agreed on. After a change on purpose: pytest --snapshot-update, and read the difference."""

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.stage import ORDER
from tests.templates.reading import Platform, masked


@pytest.mark.parametrize("stage", ORDER)
@pytest.mark.parametrize("environment", ["dev", "prod", "erased"])
def test_the_template_is_the_agreed_one(request: pytest.FixtureRequest, environment: str, stage: str, snapshot: SnapshotAssertion) -> None:
    platform: Platform = request.getfixturevalue(environment)
    assert masked(platform.templates[stage]) == snapshot.use_extension(JSONSnapshotExtension)
