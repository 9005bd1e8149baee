"""The keys that messages use: SNS and SQS call KMS with the rights of who publishes, sends or receives, so these are checked too.

Sending to an encrypted topic or queue needs `kms:GenerateDataKey` and `kms:Decrypt` on its key, receiving `kms:Decrypt`. The
accounts' own keys (`alias/aws/sns`, `alias/aws/sqs`) let everyone in the account.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from ministack.services import kms, sns, sqs

from local.iam.object_keys import KeyUse

SENDING = ("kms:GenerateDataKey", "kms:Decrypt")
USES = {"sns:Publish": SENDING, "sqs:SendMessage": SENDING, "sqs:ReceiveMessage": ("kms:Decrypt",)}

_asked: ContextVar[bool] = ContextVar("home_keys_of_messages_asked", default=True)


@contextmanager
def unasked() -> Iterator[None]:
    """For who asks only about the topic or queue, as Lambda does when it is told to read one."""
    token = _asked.set(False)
    try:
        yield
    finally:
        _asked.reset(token)


def uses(action: str, resource: str) -> tuple[KeyUse, ...]:
    """The key uses of an action on a topic or queue; none for other actions."""
    if action not in USES or not _asked.get():
        return ()
    found = sns._topic_by_arn_any_scope(resource) if action.startswith("sns:") else sqs._queue_by_arn(resource)
    key = kms._resolve_key(((found or {}).get("attributes") or {}).get("KmsMasterKeyId") or "")
    return tuple(KeyUse(each, str(key["Arn"])) for each in USES[action]) if key else ()
