"""The evaluator on policies of the templates: AWS's rules, the uploads that bucket policies take or refuse, and no guessing."""

import pytest

from tests.permissions import agreed
from tests.permissions.evaluator import Call, Unknown, Verdict, judge
from tests.permissions.world import World

ROLE = "arn:aws:iam::000000000000:role/r"
ALGORITHM, KEY_ID = "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id"
PUT = {"Effect": "Allow", "Action": "s3:Put*", "Resource": "arn:aws:s3:::b/*"}


@pytest.fixture(params=["dev", "prod", "erased"])
def world(request: pytest.FixtureRequest) -> World:
    return agreed.world(request.param)


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        pytest.param({}, Verdict.ALLOWED, id="no header"),
        pytest.param({ALGORITHM: "aws:kms", KEY_ID: "THE KEY"}, Verdict.ALLOWED, id="the data key"),
        pytest.param({ALGORITHM: "aws:kms", KEY_ID: "alias/mine"}, Verdict.DENIED, id="an alias"),
        pytest.param({ALGORITHM: "aws:kms", KEY_ID: "arn:aws:kms:eu-west-1:000000000000:key/other"}, Verdict.DENIED, id="another key"),
        pytest.param({ALGORITHM: "AES256"}, Verdict.DENIED, id="no key management"),
        pytest.param({"aws:SecureTransport": "false"}, Verdict.DENIED, id="not over TLS"),
        pytest.param({"s3:TlsVersion": "1.1"}, Verdict.DENIED, id="over old TLS"),
    ],
)
def test_every_zone_takes_uploads_under_the_data_key_only(world: World, headers: dict[str, str], verdict: Verdict) -> None:
    key = world.arn("AWS::KMS::Key", "DataKey")
    context = {name: value.replace("THE KEY", key) for name, value in headers.items()}
    for zone in ("Raw", "Cleaned", "Quarantine", "Curated", "Results"):
        call = Call(ROLE, "s3:PutObject", f"{world.arn('AWS::S3::Bucket', zone)}/a/b", context)
        may = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": call.resource}
        assert world.judge(call, statements=(may,)) is verdict
        assert world.judge(call, statements=()) is not Verdict.ALLOWED


@pytest.mark.parametrize(
    ("action", "resource", "verdict"),
    [
        ("s3:PutObject", "arn:aws:s3:::b/k", Verdict.ALLOWED),
        ("S3:putobjectacl", "arn:aws:s3:::b/k", Verdict.ALLOWED),
        ("s3:PutObject", "arn:aws:s3:::B/k", Verdict.NOT_ALLOWED),
        ("s3:PutObject", "arn:aws:s3:::b", Verdict.NOT_ALLOWED),
        ("s3:PutObject", "arn:aws:s3:::b/secret/k", Verdict.DENIED),
        ("s3:GetObject", "arn:aws:s3:::b/k", Verdict.NOT_ALLOWED),
    ],
)
def test_an_explicit_deny_wins_and_actions_alone_ignore_case(action: str, resource: str, verdict: Verdict) -> None:
    deny = {"Effect": "Deny", "NotAction": "s3:Get*", "Resource": "arn:aws:s3:::b/secret/?"}
    assert judge(Call(ROLE, action, resource), identity=[PUT, deny]) is verdict


@pytest.mark.parametrize(
    ("condition", "verdict"),
    [
        ({"StringEquals": {"AWS:PrincipalArn": ROLE}}, Verdict.ALLOWED),
        ({"StringEquals": {"kms:ViaService": "s3"}}, Verdict.NOT_ALLOWED),
        ({"StringEqualsIfExists": {"kms:ViaService": "s3"}}, Verdict.ALLOWED),
        ({"StringNotEquals": {"kms:ViaService": "s3"}}, Verdict.ALLOWED),
        ({"StringNotEquals": {"kms:ViaService": "s3"}, "Null": {"kms:ViaService": "false"}}, Verdict.NOT_ALLOWED),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}, Verdict.ALLOWED),
        ({"ArnLike": {"aws:PrincipalArn": "arn:*:role/r"}}, Verdict.NOT_ALLOWED),
        ({"Bool": {"aws:SecureTransport": True}, "StringLike": {"aws:PrincipalAccount": ["1*", "0*"]}}, Verdict.ALLOWED),
    ],
)
def test_all_conditions_must_hold_and_absent_keys_count_as_on_aws(condition: dict[str, dict[str, str]], verdict: Verdict) -> None:
    assert judge(Call(ROLE, "s3:PutObject", "arn:aws:s3:::b/k"), identity=[{**PUT, "Condition": condition}]) is verdict


def test_a_key_needs_its_own_policy_and_a_bucket_does_not() -> None:
    by_role = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    account = {**by_role, "Principal": {"AWS": "arn:aws:iam::000000000000:root"}}
    other = {**by_role, "Principal": {"AWS": "arn:aws:iam::000000000000:role/other"}}
    use, read = Call(ROLE, "kms:Decrypt", "arn:aws:kms:eu-west-1:000000000000:key/k"), Call(ROLE, "s3:GetObject", "arn:aws:s3:::b/k")
    assert judge(use, identity=[by_role], resource=[other]) is Verdict.NOT_ALLOWED
    assert judge(use, identity=[by_role], resource=[account]) is Verdict.ALLOWED
    assert judge(use, identity=[], resource=[account]) is Verdict.NOT_ALLOWED
    assert judge(read, identity=[by_role], resource=[other]) is Verdict.ALLOWED
    assert judge(read, identity=[], resource=[{**by_role, "Principal": {"AWS": ROLE}}]) is Verdict.ALLOWED


@pytest.mark.parametrize(
    "unknown", [{"Condition": {"DateLessThan": {"aws:CurrentTime": "2026"}}}, {"NotPrincipal": "*"}, {"Resource": "${aws:username}"}]
)
def test_what_it_does_not_know_is_no_answer(unknown: dict[str, object]) -> None:
    with pytest.raises(Unknown):
        judge(Call(ROLE, "s3:PutObject", "arn:aws:s3:::b/k"), identity=[{**PUT, **unknown}])
