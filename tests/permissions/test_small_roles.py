"""The roles of the starter (a function) and of the clock do their one job on their own things, and nothing on those of others."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.permissions.recorded import Recorded
from tests.permissions.sessions import SMALL, START, Session, session_of

pytestmark = pytest.mark.slow

Trial = tuple[str, Callable[[], Any]]
LINE = [{"timestamp": 1_700_000_000_000, "message": "mine"}]


@pytest.fixture(scope="module", params=SMALL)
def small(request: pytest.FixtureRequest) -> Session:
    return session_of(request.param, request)


def queue(record: Recorded, name: str) -> str:
    [url] = [each for each in record.platform.client("sqs", root=True).list_queues()["QueueUrls"] if name in each]
    return str(url)


def on_own(session: Session) -> Iterator[Trial]:
    """Calls on the flow, the queue, the function, its log and the key that the roles have to do with. None of them changes anything."""
    record, of = session.record, session.client
    machine, address = record.platform.output("flows", "FlowCalls"), queue(record, "CallsArrivalQueue")
    [last, *_] = record.platform.client("stepfunctions", root=True).list_executions(stateMachineArn=machine)["executions"]
    key = record.world.arn("AWS::KMS::Key", "DataKey")
    sealed = record.platform.client("kms", root=True).encrypt(KeyId=key, Plaintext=b"1")["CiphertextBlob"]
    group = record.world.arn("AWS::Logs::LogGroup", "CallsArrival").split(":log-group:")[1].removesuffix(":*")
    [function] = [
        each["FunctionName"]
        for each in record.platform.client("lambda", root=True).list_functions()["Functions"]
        if "Arrival" in each["FunctionName"]
    ]
    steps, sqs, logs = of("stepfunctions"), of("sqs"), of("logs")
    yield START, lambda: steps.start_execution(stateMachineArn=machine, name=last["name"])  # a name that is taken
    yield "states:ListExecutions", lambda: steps.list_executions(stateMachineArn=machine)
    yield "states:DescribeExecution", lambda: steps.describe_execution(executionArn=last["executionArn"])
    yield "states:StopExecution", lambda: steps.stop_execution(executionArn=last["executionArn"])
    yield "sqs:ReceiveMessage", lambda: sqs.receive_message(QueueUrl=address)
    yield "sqs:DeleteMessage", lambda: sqs.delete_message(QueueUrl=address, ReceiptHandle="none")
    yield "sqs:GetQueueAttributes", lambda: sqs.get_queue_attributes(QueueUrl=address, AttributeNames=["All"])
    yield "sqs:SendMessage", lambda: sqs.send_message(QueueUrl=address, MessageBody="mine")
    yield "sqs:PurgeQueue", lambda: sqs.purge_queue(QueueUrl=address)
    yield "kms:Decrypt", lambda: of("kms").decrypt(CiphertextBlob=sealed, KeyId=key)
    yield "kms:Encrypt", lambda: of("kms").encrypt(KeyId=key, Plaintext=b"1")
    yield "kms:GenerateDataKey", lambda: of("kms").generate_data_key(KeyId=key, KeySpec="AES_256")
    yield "logs:CreateLogStream", lambda: logs.create_log_stream(logGroupName=group, logStreamName=session.role.id)
    yield "logs:PutLogEvents", lambda: logs.put_log_events(logGroupName=group, logStreamName="none", logEvents=LINE)
    yield "logs:FilterLogEvents", lambda: logs.filter_log_events(logGroupName=group)
    yield "lambda:InvokeFunction", lambda: of("lambda").invoke(FunctionName=function)
    yield "lambda:GetFunction", lambda: of("lambda").get_function(FunctionName=function)


def on_others(session: Session) -> Iterator[Trial]:
    """What the roles may do on their own things, tried on things of the same kinds that are not theirs."""
    record, of = session.record, session.client
    machine = record.platform.of("dev").output("flows", "FlowCalls")
    letters = record.platform.client("sqs", root=True).get_queue_url(QueueName="lakemill-prod-flows-calls-dead-letters")["QueueUrl"]
    kms = record.platform.client("kms", root=True)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"1")["CiphertextBlob"]
    group = record.platform.output("process", "JobLogGroup")
    steps, sqs, logs = of("stepfunctions"), of("sqs"), of("logs")
    yield START, lambda: steps.start_execution(stateMachineArn=machine)
    yield "states:ListExecutions", lambda: steps.list_executions(stateMachineArn=machine)
    yield "sqs:ReceiveMessage", lambda: sqs.receive_message(QueueUrl=letters)
    yield "sqs:DeleteMessage", lambda: sqs.delete_message(QueueUrl=letters, ReceiptHandle="none")
    yield "sqs:GetQueueAttributes", lambda: sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["All"])
    yield "kms:Decrypt", lambda: of("kms").decrypt(CiphertextBlob=sealed, KeyId=key)
    yield "logs:CreateLogStream", lambda: logs.create_log_stream(logGroupName=group, logStreamName="mine")
    yield "logs:PutLogEvents", lambda: logs.put_log_events(logGroupName=group, logStreamName="mine", logEvents=LINE)


def test_a_small_role_may_do_its_job_and_no_more_on_its_own_things(small: Session) -> None:
    done = set()
    for action, call in on_own(small):
        decisions, refusal = small.tried(call)
        small.agree(decisions)
        assert (action in SMALL[small.role_name]) is not bool(refusal), (action, refusal)
        assert not refusal or action in refusal
        done |= {each.call.action for each in decisions if each.allowed}
    assert done == SMALL[small.role_name]


def test_a_small_role_may_do_nothing_on_the_things_of_others(small: Session) -> None:
    for action, call in on_others(small):
        decisions, refusal = small.tried(call)
        small.agree(decisions)
        assert action in refusal, f"{small.role_name} may {action} on things of others"
