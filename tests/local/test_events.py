"""EventBridge puts events into queues by the permissions of AWS."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.conftest import Home, until
from tests.local.queues import Work


@pytest.fixture(scope="module")
def work(home: Home, make_role: Callable[..., str]) -> Work:
    return Work(home, make_role)


@pytest.fixture(scope="module")
def bucket(home: Home) -> str:
    s3 = home.client("s3")
    s3.create_bucket(Bucket="announcing", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="announcing", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket="announcing", NotificationConfiguration={"EventBridgeConfiguration": {}})
    return "announcing"


class TestEvents:
    def rule(self, work: Work, *, name: str, bucket: str, targets: dict[str, Any]) -> str:
        events = work.home.client("events")
        detail = {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": f"{name}/"}]}}
        pattern = json.dumps({"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail})
        arn = str(events.put_rule(Name=name, EventPattern=pattern)["RuleArn"])
        events.put_targets(Rule=name, Targets=[{"Id": "1", **targets}])
        return arn

    def test_an_object_is_announced_with_its_version_and_only_under_the_rules_prefix(self, work: Work, bucket: str) -> None:
        queue = work.queue("announced", KmsMasterKeyId=work.key("events.amazonaws.com"))
        work.let(queue, rule=self.rule(work, name="told", bucket=bucket, targets={"Arn": queue[1]}))
        s3 = work.home.client("s3")
        s3.put_object(Bucket=bucket, Key="elsewhere/a.csv", Body=b"1")
        version = s3.put_object(Bucket=bucket, Key="told/ä b.csv", Body=b"1")["VersionId"]
        [message] = until(lambda: work.read(queue))
        found = json.loads(message["Body"])["detail"]["object"]
        assert (found["key"], found["version-id"]) == ("told/ä b.csv", version)
        time.sleep(0.5)
        assert work.left(queue) == 1

    @pytest.mark.parametrize("lacking", ["queue policy", "key policy", "another rule", "key disabled"])
    def test_what_may_not_be_delivered_is_a_dead_letter_with_the_reason(self, work: Work, bucket: str, lacking: str) -> None:
        name = lacking.replace(" ", "-")
        key = work.key() if lacking == "key policy" else work.key("events.amazonaws.com")
        queue, dead = work.queue(f"{name}-queue", KmsMasterKeyId=key), work.queue(f"{name}-dead")
        targets = {"Arn": queue[1], "DeadLetterConfig": {"Arn": dead[1]}}
        rule = self.rule(work, name=name, bucket=bucket, targets=targets)
        work.let(dead, rule=rule)
        if lacking != "queue policy":
            work.let(queue, rule=f"{rule}-other" if lacking == "another rule" else rule)
        if lacking == "key disabled":
            work.kms.disable_key(KeyId=key)
        work.home.client("s3").put_object(Bucket=bucket, Key=f"{name}/a.csv", Body=b"1")
        [letter] = until(lambda: work.read(dead))
        assert json.loads(letter["Body"])["detail"]["object"]["key"] == f"{name}/a.csv"
        said = {each: value["StringValue"] for each, value in letter["MessageAttributes"].items()}
        assert (said["ERROR_CODE"], said["RULE_ARN"], said["TARGET_ARN"]) == ("NO_PERMISSIONS", rule, queue[1])
        assert (key if "key" in lacking else queue[1]) in said["ERROR_MESSAGE"]
        assert work.left(queue) == 0
