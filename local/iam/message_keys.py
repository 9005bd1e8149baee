"""The keys that messages use: SNS and SQS call KMS with the rights of who publishes, sends or receives, so these are checked too.

Sending to an encrypted topic or queue needs `kms:GenerateDataKey` and `kms:Decrypt` on its key, receiving `kms:Decrypt`. The
accounts' own keys (`alias/aws/sns`, `alias/aws/sqs`) let everyone in the account.
"""

from ministack.services import kms, sns, sqs

from local.iam.object_keys import KeyUse

SENDING = ("kms:GenerateDataKey", "kms:Decrypt")
USES = {"sns:Publish": SENDING, "sqs:SendMessage": SENDING, "sqs:ReceiveMessage": ("kms:Decrypt",)}


def uses(action: str, resource: str) -> tuple[KeyUse, ...]:
    """The key uses of an action on a topic or queue; none for other actions."""
    if action not in USES:
        return ()
    found = sns._topic_by_arn_any_scope(resource) if action.startswith("sns:") else sqs._queue_by_arn(resource)
    key = kms._resolve_key(((found or {}).get("attributes") or {}).get("KmsMasterKeyId") or "")
    return tuple(KeyUse(each, str(key["Arn"])) for each in USES[action]) if key else ()
