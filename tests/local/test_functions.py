"""Queues reach functions by the permissions and rules of AWS."""

import json
import sysconfig
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import Home, allow, until
from tests.local.queues import ACCOUNT, FUNCTION, Work

FORGOTTEN = "import rich\ndef handler(event, context): return {}"
HIDDEN = 12  # seconds: more than a cold start on a busy machine
READ = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
LOG = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")


@pytest.fixture(scope="module")
def work(home: Home, make_role: Callable[..., str]) -> Work:
    return Work(home, make_role)


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
        seconds = 3 if name == "sleeping" else 10
        work.mapping(work.function(name, code=code, rights=[allow(*READ, on=queue[1]), allow(*LOG)], seconds=seconds), queue[1])
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
        letters = until(lambda: work.read(dead))
        assert [each["Body"] for each in letters] == ["bad"]
        assert work.left(queue) == 0
        given = [body for batch in work.batches("partly") for body in batch]
        assert (given.count("bad"), given.count("good"), given.count("fine")) == (2, 1, 1)

    @pytest.mark.parametrize(("name", "sent"), [("raising", "raise"), ("sleeping", "sleep"), ("forgetful", "anything")])
    def test_all_messages_of_a_function_that_fails_in_any_way_come_again(
        self, work: Work, failing: dict[str, tuple[tuple[str, str], tuple[str, str]]], name: str, sent: str
    ) -> None:
        [letter] = until(lambda: work.read(failing[name][1]))
        assert letter["Body"] == sent

    def test_a_role_without_the_key_reads_nothing_until_it_has_it(self, work: Work) -> None:
        key = work.key()
        queue = work.queue("sealed", hidden=60, KmsMasterKeyId=key)
        function = work.function("sealed", rights=[allow(*READ, on=queue[1]), allow(*LOG)], seconds=60)
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
        until(lambda: ["m"] in work.batches(function))

    def test_the_first_invocations_at_once_leave_whole_logs_in_one_group(self, work: Work) -> None:
        code = "import json\ndef handler(event, context):\n    for line in range(3000): print(json.dumps([event, line]))"
        function = work.function("talking", code=code, rights=[allow(*LOG)], seconds=120)
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda name: work.functions.invoke(FunctionName=function, Payload=json.dumps(name)), "abc"))
        assert not [each["Payload"].read() for each in answers if "FunctionError" in each]
        pages = work.logs.get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
        said = [json.loads(each["message"]) for page in pages for each in page["events"] if each["message"].startswith("[")]
        assert {name: [line for who, line in said if who == name] for name in "abc"} == {name: list(range(3000)) for name in "abc"}

    def test_a_function_that_ends_its_process_leaves_what_it_printed(self, work: Work) -> None:
        code = "import os\ndef handler(event, context):\n    print('last words', flush=True)\n    os._exit(1)"
        function = work.function("ending", code=code, rights=[allow(*LOG)], seconds=30)
        assert "FunctionError" in work.functions.invoke(FunctionName=function)
        events = work.logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        assert "last words" in [each["message"] for each in events]

    def test_a_role_that_may_not_log_leaves_no_log_and_the_function_runs(self, work: Work) -> None:
        queue = work.queue("silent")
        work.mapping(work.function("silent", rights=[allow(*READ, on=queue[1])]), queue[1])
        work.sqs.send_message(QueueUrl=queue[0], MessageBody="m")
        until(lambda: work.left(queue) == 0)
        assert work.said("silent") == []
