"""Events reach queues, and queues reach functions, by the permissions and rules of AWS."""

import io
import json
import sysconfig
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.functions.reports import reported
from tests.local.conftest import Home, allow, until

ACCOUNT = "000000000000"
FUNCTION = """
import json, os, sys, time, boto3
print(json.dumps({"am": boto3.client("sts").get_caller_identity()["Arn"], "names": sorted(os.environ), "paths": sys.path}))
def handler(event, context):
    bodies = [record["body"] for record in event["Records"]]
    print(json.dumps({"batch": bodies}))
    if "sleep" in bodies:
        time.sleep(30)
    if "raise" in bodies:
        raise ValueError("as told")
    return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"] if r["body"] == "bad"]}
"""
FORGOTTEN = "import rich\ndef handler(event, context): return {}"
HIDDEN = 12  # seconds: more than a cold start on a busy machine
READ = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
LOG = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


class Work:
    """Makes queues, keys, functions and mappings."""

    def __init__(self, home: Home, make_role: Callable[..., str]) -> None:
        self.home, self.make_role = home, make_role
        self.sqs, self.kms, self.functions, self.logs = (home.client(name) for name in ("sqs", "kms", "lambda", "logs"))
        self.iam = home.client("iam")

    def key(self, *services: str) -> str:
        root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
        bound = {"ArnLike": {"kms:EncryptionContext:aws:sqs:arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:*"}}
        use = {
            "Effect": "Allow",
            "Principal": {"Service": list(services)},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
        }
        policy = {"Version": "2012-10-17", "Statement": [root, *([{**use, "Condition": bound}] if services else [])]}
        return str(self.kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"])

    def queue(self, name: str, *, hidden: int = 1, dead: str = "", **attributes: str) -> tuple[str, str]:
        """A queue's address and ARN. With `dead`, messages go there when they come a third time."""
        given = {"VisibilityTimeout": str(hidden), **attributes}
        if dead:
            given["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
        url = self.sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"]
        return url, self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def let(self, queue: tuple[str, str], *, rule: str) -> None:
        condition = {"ArnEquals": {"aws:SourceArn": rule}}
        statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue[1]}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]})
        self.sqs.set_queue_attributes(QueueUrl=queue[0], Attributes={"Policy": policy})

    def function(self, name: str, *, code: str = FUNCTION, rights: list[dict[str, Any]], seconds: int = 1, **more: Any) -> str:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("main.py", code)
        role = self.make_role(f"{name}-role", *rights)
        self.functions.create_function(
            FunctionName=name,
            Role=role,
            Runtime="python3.14",
            Handler="main.handler",
            Timeout=seconds,
            Code={"ZipFile": archive.getvalue()},
            **more,
        )
        return name

    def mapping(self, function: str, queue: str, **more: Any) -> str:
        given = {"FunctionResponseTypes": ["ReportBatchItemFailures"], **more}
        return str(self.functions.create_event_source_mapping(FunctionName=function, EventSourceArn=queue, **given)["UUID"])

    def said(self, function: str) -> list[dict[str, Any]]:
        """The lines of JSON in a function's log."""
        try:
            events = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [json.loads(each["message"]) for each in events if each["message"].startswith("{")]

    def batches(self, function: str) -> list[list[str]]:
        return [each["batch"] for each in self.said(function) if "batch" in each]

    def left(self, queue: tuple[str, str]) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return sum(int(each) for each in self.sqs.get_queue_attributes(QueueUrl=queue[0], AttributeNames=names)["Attributes"].values())

    def read(self, queue: tuple[str, str]) -> list[dict[str, Any]]:
        found = self.sqs.receive_message(QueueUrl=queue[0], MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"])
        return list(found.get("Messages", []))


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


class TestMappings:
    def refused(self, work: Work, function: str, queue: str, **more: Any) -> str:
        with pytest.raises(ClientError) as caught:
            work.mapping(function, queue, **more)
        assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"
        return str(caught.value)

    @pytest.mark.parametrize("lacking", READ)
    def test_is_refused_when_the_role_may_not_read_the_queue(self, work: Work, lacking: str) -> None:
        name = lacking.replace("sqs:", "no-")
        _, queue = work.queue(name)
        function = work.function(name, rights=[allow(*(set(READ) - {lacking}), on=queue)])
        assert f"does not have permissions to call {lacking[4:]} on SQS" in self.refused(work, function, queue)

    def test_is_refused_when_messages_would_come_back_too_soon_or_batches_have_no_window(self, work: Work) -> None:
        _, queue = work.queue("soon", hidden=5)
        function = work.function("soon", rights=[allow(*READ, on=queue)], seconds=6)
        assert "5 seconds is less than Function timeout: 6 seconds" in self.refused(work, function, queue)
        assert "Maximum batch window" in self.refused(work, function, queue, BatchSize=11)

    def test_of_a_stream_is_refused(self, work: Work) -> None:
        function = work.function("streaming", rights=[allow(*READ)])
        stream = f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/s"
        assert "reads queues only" in self.refused(work, function, stream, StartingPosition="LATEST")

    def test_a_role_that_lambda_may_not_assume_makes_no_mapping(self, work: Work) -> None:
        _, queue = work.queue("untrusted")
        function = work.function("untrusted", rights=[allow(*READ, on=queue)])
        trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        work.iam.update_assume_role_policy(RoleName="untrusted-role", PolicyDocument=document)
        assert "cannot be assumed by Lambda" in self.refused(work, function, queue)


@pytest.fixture(scope="module")
def failing(work: Work) -> dict[str, tuple[tuple[str, str], tuple[str, str]]]:
    """Queues with their dead-letter queues, whose functions fail: all at once, as each takes its time."""
    made = {}
    for name, code, sent in (
        ("partly", FUNCTION, ("good", "bad", "fine")),
        ("raising", FUNCTION, ("raise",)),
        ("sleeping", FUNCTION, ("sleep",)),
        ("forgetful", FORGOTTEN, ("anything",)),
    ):
        dead = work.queue(f"{name}-dead")
        queue = work.queue(name, hidden=HIDDEN, dead=dead[1])
        work.mapping(work.function(name, code=code, rights=[allow(*READ, on=queue[1]), allow(*LOG)], seconds=3), queue[1])
        for body in sent:
            work.sqs.send_message(QueueUrl=queue[0], MessageBody=body)
        made[name] = queue, dead
    return made


class TestBatches:
    def test_a_window_gathers_messages_and_the_function_is_its_role_with_nothing_of_the_homes(self, work: Work) -> None:
        queue = work.queue("gathered", hidden=30)
        work.mapping(
            work.function(
                "gathering", rights=[allow(*READ, on=queue[1]), allow(*LOG)], seconds=10, Environment={"Variables": {"MINE": "1"}}
            ),
            queue[1],
            BatchSize=100,
            MaximumBatchingWindowInSeconds=2,
        )
        for start in (0, 10, 20):
            entries = [{"Id": str(n), "MessageBody": f"m{start + n}"} for n in range(10)]
            work.sqs.send_message_batch(QueueUrl=queue[0], Entries=entries)
        until(lambda: work.left(queue) == 0)
        batches = work.batches("gathering")
        assert sorted(body for batch in batches for body in batch) == sorted(f"m{n}" for n in range(30))
        assert len(batches) <= 2
        about = work.said("gathering")[0]
        assert about["am"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/gathering-role/gathering"
        assert "MINE" in about["names"]
        assert not [
            name for name in about["names"] if not name.startswith(("AWS_", "LAMBDA_", "_", "LANG", "LC_", "TZ", "PATH", "TMPDIR", "MINE"))
        ]
        assert sysconfig.get_path("purelib") not in about["paths"]

    def test_no_batch_is_larger_than_its_size(self, work: Work) -> None:
        queue = work.queue("sized", hidden=30)
        for number in range(9):
            work.sqs.send_message(QueueUrl=queue[0], MessageBody=str(number))
        function = work.function("sized", rights=[allow(*READ, on=queue[1]), allow(*LOG)], seconds=5)
        work.mapping(function, queue[1], BatchSize=4, MaximumBatchingWindowInSeconds=1)
        until(lambda: work.left(queue) == 0)
        assert sorted(body for batch in work.batches(function) for body in batch) == [str(number) for number in range(9)]
        assert max(len(batch) for batch in work.batches(function)) <= 4

    def test_messages_reported_as_failed_come_again_until_they_are_dead_letters_and_hold_up_nothing(
        self, work: Work, failing: dict[str, tuple[tuple[str, str], tuple[str, str]]]
    ) -> None:
        queue, dead = failing["partly"]
        letters = until(lambda: work.read(dead), seconds=90)
        assert [each["Body"] for each in letters] == ["bad"]
        assert work.left(queue) == 0
        given = [body for batch in work.batches("partly") for body in batch]
        assert (given.count("bad"), given.count("good"), given.count("fine")) == (2, 1, 1)

    @pytest.mark.parametrize(("name", "sent"), [("raising", "raise"), ("sleeping", "sleep"), ("forgetful", "anything")])
    def test_all_messages_of_a_function_that_fails_in_any_way_come_again(
        self, work: Work, failing: dict[str, tuple[tuple[str, str], tuple[str, str]]], name: str, sent: str
    ) -> None:
        [letter] = until(lambda: work.read(failing[name][1]), seconds=90)
        assert letter["Body"] == sent

    def test_a_role_without_the_key_reads_nothing_until_it_has_it(self, work: Work) -> None:
        key = work.key()
        queue = work.queue("sealed", KmsMasterKeyId=key)
        function = work.function("sealed", rights=[allow(*READ, on=queue[1]), allow(*LOG)])
        mapping = work.mapping(function, queue[1])
        work.sqs.send_message(QueueUrl=queue[0], MessageBody="m")
        until(lambda: "kms:Decrypt" in work.functions.get_event_source_mapping(UUID=mapping)["LastProcessingResult"])
        assert work.batches(function) == []
        document = json.dumps({"Version": "2012-10-17", "Statement": [allow("kms:Decrypt", on=key)]})
        work.iam.put_role_policy(RoleName="sealed-role", PolicyName="key", PolicyDocument=document)
        until(lambda: work.batches(function) == [["m"]])

    def test_a_function_at_its_reserved_concurrency_gives_the_batch_back(self, work: Work) -> None:
        queue = work.queue("narrow", hidden=3)
        function = work.function("narrow", rights=[allow(*READ, on=queue[1]), allow(*LOG)], seconds=3)
        work.functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
        mapping = work.mapping(function, queue[1])
        work.sqs.send_message(QueueUrl=queue[0], MessageBody="m")
        until(lambda: "TooManyRequests" in work.functions.get_event_source_mapping(UUID=mapping)["LastProcessingResult"])
        with pytest.raises(ClientError, match=r"UnreservedConcurrentExecution below its minimum value of \[10\]"):
            work.functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)
        work.functions.delete_function_concurrency(FunctionName=function)
        until(lambda: work.batches(function) == [["m"]])

    def test_a_role_that_may_not_log_leaves_no_log_and_the_function_runs(self, work: Work) -> None:
        queue = work.queue("silent")
        work.mapping(work.function("silent", rights=[allow(*READ, on=queue[1])]), queue[1])
        work.sqs.send_message(QueueUrl=queue[0], MessageBody="m")
        until(lambda: work.left(queue) == 0)
        assert work.said("silent") == []


@pytest.mark.parametrize(
    ("body", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        ({"batchItemFailures": [{"itemIdentifier": "a"}]}, {"a"}),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemidentifier": "a"}]}, {"a", "b"}),
        ({"batchItemFailures": [{"itemIdentifier": "stranger"}]}, {"a", "b"}),
        ({"batchItemFailures": ["a"]}, {"a", "b"}),
        ("done", {"a", "b"}),
    ],
)
def test_an_answer_that_makes_no_sense_fails_the_whole_batch(body: Any, failed: set[str]) -> None:
    assert reported(body, given={"a", "b"}) == failed
