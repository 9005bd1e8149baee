"""What roles may do with tables in Keyspaces, with the objects of models and with roles of others, by the agreed policies alone."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from lakemill import models
from lakemill.wide import LOADS, keyspace_name
from tests.permissions import agreed
from tests.permissions.agreed import ACCOUNT, REGION
from tests.permissions.evaluator import Call, Verdict
from tests.permissions.pieces import ENVIRONMENTS

MODEL = models.model("segments")
READ, WRITE = "cassandra:Select", "cassandra:Modify"
TABLES: dict[str, dict[str, set[str]]] = {
    "train/ExportRole": {READ: {"online_retail", LOADS.name}, WRITE: set()},
    "train/KeepRole": {READ: set(), WRITE: {MODEL.mapping, MODEL.runs}},
}
DEFINE = ("cassandra:Create", "cassandra:Alter", "cassandra:Drop", "cassandra:Restore", "cassandra:TagResource")
GET, PUT, DELETE = "s3:GetObject", "s3:PutObject", "s3:DeleteObject"
# Which objects of a model a role reaches: the features that its flow unloads, what is trained, and what it answers.
PARTS = {"features": "features/part", "artefact": "model/job/output/model.tar.gz", "answers": "answers/part.out"}
OBJECTS: dict[str, dict[str, set[str]]] = {
    "flows/SegmentsRole": {"features": {PUT}, "artefact": {GET}},  # it looks whether an artefact is still the registered one
    "train/SegmentsRole": {part: {GET, PUT} for part in PARTS},
    "train/KeepRole": {"answers": {GET}},
}
TO_SAGEMAKER = {"iam:PassedToService": "sagemaker.amazonaws.com"}

pytestmark = pytest.mark.parametrize("environment", ENVIRONMENTS)


def may(environment: str, role: str, action: str, on: str, *, context: Mapping[str, str] = MappingProxyType({})) -> bool:
    """Whether a role of the agreed templates may do something."""
    world = agreed.world(environment)
    found = world.roles[role]
    return found.may(Call(found.arn, action, on, context), world) is Verdict.ALLOWED


def test_jobs_reach_their_tables_of_keyspaces_and_no_role_any_other(environment: str) -> None:
    place = f"arn:aws:cassandra:{REGION}:{ACCOUNT}:/keyspace/{keyspace_name(environment)}"
    tables = {table.name: f"{place}/table/{table.name}" for table in models.wide_tables()}
    for role in agreed.world(environment).roles:
        for action in (READ, WRITE):
            reached = {name for name, arn in tables.items() if may(environment, role, action, arn)}
            assert reached == TABLES.get(role, {}).get(action, set()), (role, action)
        assert not [(role, action) for action in DEFINE for arn in (*tables.values(), f"{place}/") if may(environment, role, action, arn)]


def test_roles_reach_their_part_of_their_model_and_nothing_of_others(environment: str) -> None:
    bucket = agreed.world(environment).arn("AWS::S3::Bucket", "Models")
    for role in agreed.world(environment).roles:
        for part, key in PARTS.items():
            reached = {action for action in (GET, PUT, DELETE) if may(environment, role, action, f"{bucket}/{MODEL.name}/run-1/{key}")}
            assert reached == OBJECTS.get(role, {}).get(part, set()), (role, part)
            other = f"{bucket}/another/run-1/{key}"
            assert not [action for action in (GET, PUT, DELETE) if may(environment, role, action, other)], (role, part)


def test_only_a_models_flow_passes_a_role_and_only_the_models_to_sagemaker(environment: str) -> None:
    roles = agreed.world(environment).roles
    for name in roles:
        passed = {other for other, each in roles.items() if may(environment, name, "iam:PassRole", each.arn, context=TO_SAGEMAKER)}
        assert passed == ({"train/SegmentsRole"} if name == "flows/SegmentsRole" else set())
        for service in ("glue.amazonaws.com", "lambda.amazonaws.com", "states.amazonaws.com"):
            to = {"iam:PassedToService": service}
            assert not [other for other, each in roles.items() if may(environment, name, "iam:PassRole", each.arn, context=to)]


def test_a_model_is_approved_by_nobodys_role(environment: str) -> None:
    package = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/lakemill-{environment}-{MODEL.name}/1"
    for role in agreed.world(environment).roles:
        for action in ("sagemaker:UpdateModelPackage", "sagemaker:DeleteModelPackage"):
            assert not may(environment, role, action, package), role


def test_keys_are_lent_to_aws_only_and_by_a_models_role_only(environment: str) -> None:
    key = agreed.world(environment).arn("AWS::KMS::Key", "DataKey")
    for role in agreed.world(environment).roles:
        assert not may(environment, role, "kms:CreateGrant", key), role
        lends = may(environment, role, "kms:CreateGrant", key, context={"kms:GrantIsForAWSResource": "true"})
        assert lends is (role == "train/SegmentsRole"), role
