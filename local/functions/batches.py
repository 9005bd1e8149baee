"""Reading a queue for a function: gather a batch, invoke, delete what is done. All calls of SQS are made as the function's role.

By Lambda's rules: a batch is full when it has its size, its window is over (counted from the first message) or the next message
might make the event larger than 6 MB. Of a batch whose function fails, is throttled or answers nonsense, every message comes
again when its visibility timeout is over; of one that reports failures, those that it reports. Messages that came too often
are moved by the queue. AWS reads with five readers or more, the home with two: enough for batches that run at the same time.
"""

import logging
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.core.responses import get_region
from ministack.services import lambda_svc, sqs

from local import identity
from local.functions.reports import reported
from local.functions.rights import function_session, key_arn, session_may, usable

MOST_BYTES = 6_000_000
MOST_AT_ONCE = 10
LOOK_SECONDS = 2
SESSION_SECONDS = 3600
PAUSE_SECONDS = 2
log = logging.getLogger("home.functions")
Message = dict[str, Any]


class Reader:
    """One of the readers of a mapping. Ends with its mapping."""

    def __init__(self, mapping: dict[str, Any]) -> None:
        self._mapping = mapping
        self._client: Any = None
        self._session: dict[str, str] = {}
        self._until = 0.0

    def run(self) -> None:
        """Read until the mapping is gone or switched off. What goes wrong is the mapping's last result, and in the log."""
        while self._wanted():
            try:
                batch = self._gather()
                if batch:
                    self._give(batch)
            except (ClientError, BotoCoreError, PermissionError) as error:
                self._problem(str(error))
                time.sleep(PAUSE_SECONDS)
            except Exception:
                log.exception("mapping %s", self._mapping["UUID"])
                time.sleep(PAUSE_SECONDS)

    def _wanted(self) -> bool:
        return lambda_svc._esms.get(self._mapping["UUID"]) is self._mapping and bool(self._mapping.get("Enabled", True))

    def _gather(self) -> list[Message]:
        size = int(self._mapping["BatchSize"])
        batch = self._receive(size, seconds=LOOK_SECONDS)
        began = time.monotonic()
        while batch and len(batch) < size and _bytes(batch) < MOST_BYTES and self._wanted():
            # Read anew each time: a window that is changed holds for the batch under way too.
            left = began + int(self._mapping["MaximumBatchingWindowInSeconds"]) - time.monotonic()
            if left <= 0:
                break
            batch += self._receive(size - len(batch), seconds=min(LOOK_SECONDS, int(left)))
        return batch

    def _receive(self, most: int, *, seconds: int) -> list[Message]:
        function, queue = self._function(), sqs._queue_by_arn(self._mapping["EventSourceArn"])
        if function is None or queue is None:
            raise PermissionError(f"the function or the queue {self._mapping['EventSourceArn']} is gone")
        self._act_as(function["config"])
        key = queue["attributes"].get("KmsMasterKeyId")
        if key and not (usable(key) and session_may(self._session, "kms:Decrypt", resource=key_arn(key))):
            raise PermissionError(
                f"KMS.AccessDeniedException: the function's role may not kms:Decrypt with {key}, or the key is not enabled"
            )
        found = self._client.receive_message(
            QueueUrl=queue["url"],
            MaxNumberOfMessages=min(most, MOST_AT_ONCE),
            WaitTimeSeconds=seconds,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(found.get("Messages", []))

    def _give(self, batch: list[Message]) -> None:
        function = self._function()
        if function is None:
            return
        event = {"Records": [self._record(message) for message in batch]}
        answer = lambda_svc._execute_function(function, event)
        if answer.get("error"):
            self._problem(f"{len(batch)} messages come again: {answer.get('body')}")
            return
        reports = "ReportBatchItemFailures" in (self._mapping.get("FunctionResponseTypes") or [])
        failed = reported(answer.get("body"), given={m["MessageId"] for m in batch}) if reports else set()
        self._delete([m for m in batch if m["MessageId"] not in failed])
        self._mapping["LastProcessingResult"] = f"OK - {len(batch)} records, {len(failed)} partial failures"

    def _delete(self, done: list[Message]) -> None:
        queue = sqs._queue_by_arn(self._mapping["EventSourceArn"])
        for start in range(0, len(done) if queue else 0, MOST_AT_ONCE):
            part = done[start : start + MOST_AT_ONCE]
            entries = [{"Id": str(number), "ReceiptHandle": m["ReceiptHandle"]} for number, m in enumerate(part)]
            for refused in self._client.delete_message_batch(QueueUrl=queue["url"], Entries=entries).get("Failed", []):
                log.warning("a message comes again: %s", refused)

    def _record(self, message: Message) -> Message:
        """A message as functions see it."""
        attributes = message.get("MessageAttributes", {})
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": lambda_svc._sqs_message_attributes_to_camel_case(attributes),
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping["EventSourceArn"],
            "awsRegion": get_region(),
        }

    def _function(self) -> dict[str, Any] | None:
        found, _ = lambda_svc._get_func_record_for_qualifier(self._mapping["FunctionName"], self._mapping.get("Qualifier"))
        return found if found is None else dict(found)

    def _act_as(self, config: dict[str, Any]) -> None:
        if time.monotonic() > self._until:
            self._session = function_session(config)
            self._client = identity.client("sqs", self._session)
            self._until = time.monotonic() + SESSION_SECONDS

    def _problem(self, text: str) -> None:
        if self._mapping.get("LastProcessingResult") != f"PROBLEM: {text}":
            log.warning("mapping %s of %s: %s", self._mapping["UUID"], self._mapping["FunctionName"], text)
        self._mapping["LastProcessingResult"] = f"PROBLEM: {text}"


def _bytes(batch: list[Message]) -> int:
    return sum(len(message["Body"]) + 1000 for message in batch)
