"""Every permission of every role is needed: without it a run at home would be refused, or AWS's guides ask for it (needs.py).

Each test is one action on one resource of one role, and its name says which. The run was made once, under the deployed
roles; the evaluator then judges its calls with the role's policies less that one permission.
"""

import pytest

from tests.permissions import agreed
from tests.permissions.evaluator import Verdict
from tests.permissions.needs import NEEDS
from tests.permissions.pieces import ENVIRONMENTS, Piece, pieces, without, world_like
from tests.permissions.recorded import Recorded

PIECES = pieces()

pytestmark = pytest.mark.slow


def record_of(environment: str, request: pytest.FixtureRequest) -> Recorded:
    found: Recorded = request.getfixturevalue("recorded" if environment == "dev" else "recorded_prod")
    return found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_deployed_roles_are_the_agreed_ones(environment: str, request: pytest.FixtureRequest) -> None:
    deployed = record_of(environment, request).world
    assert world_like(deployed) == world_like(agreed.world(environment))
    assert len(deployed.roles) >= 3


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_evaluator_and_home_agree_on_every_call_of_a_run(environment: str, request: pytest.FixtureRequest) -> None:
    record = record_of(environment, request)
    roles = {role.arn: role for role in record.world.roles.values()}
    decisions = record.decisions
    assert len(decisions) > (100 if environment == "dev" else 0)
    assert [each for each in decisions if (roles[each.call.role].may(each.call, record.world) is Verdict.ALLOWED) is not each.allowed] == []


@pytest.mark.parametrize("piece", PIECES, ids=str)
def test_a_permission_is_needed(piece: Piece, request: pytest.FixtureRequest) -> None:
    record = record_of(piece.environment, request)
    role = record.world.roles[piece.role]
    rest = without(piece, role)
    refused = [call for call in record.calls(role) if record.world.judge(call, statements=rest) is not Verdict.ALLOWED]
    if any(need.covers(piece) for need in NEEDS):
        assert refused == [], "a run shows this need: strike it from needs.py"
    else:
        assert refused, f"{piece}: no call of a run needs it. Remove it, or name its source in needs.py"


@pytest.mark.parametrize("need", NEEDS, ids=lambda need: f"{need.roles[0]} {need.actions[0]}")
def test_a_need_that_only_aws_has_stands_in_a_policy(need: object) -> None:
    assert any(each.covers(piece) for each in NEEDS if each is need for piece in PIECES)
