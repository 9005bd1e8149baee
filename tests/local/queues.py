"""Makes queues, keys, functions and mappings for tests of how events reach functions."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from tests.local.conftest import Home

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
