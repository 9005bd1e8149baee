"""Event source mappings: what Lambda checks when one is made, and the readers that stand behind it.

The emulator takes any mapping and reads queues in process, with nobody's rights. Here a mapping of a queue is refused, with
AWS's words, if the function's role may not read the queue, if messages would come back before the function's time is over, or
if batches are large and no window is set. Its readers (batches.py) act as the function's role. Mappings of streams are refused:
the emulator loses records there.
"""

import threading
from typing import Any

from ministack.core.responses import get_account_id, request_scope
from ministack.services import lambda_svc, sqs

from local import identity
from local.functions.batches import Reader
from local.functions.rights import function_session, session_may
from local.iam import message_keys
from local.seams import replace

NEEDED = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
READERS = 2
SMALL_BATCH = 10

_readers: dict[tuple[str, int], threading.Thread] = {}


def plug_in() -> None:
    """Check mappings, and read queues by readers of our own."""

    def create(data: dict[str, Any]) -> Any:
        problem = refusal(data)
        return lambda_svc._invalid_parameter_value(problem) if problem else make(data)

    make = replace(lambda_svc, "_create_esm", expected="(data: dict)", by=create)
    replace(lambda_svc, "_poll_sqs", expected="()", by=keep_readers)


def refusal(mapping: dict[str, Any]) -> str:
    """What Lambda has against a mapping that is about to be made; empty if nothing."""
    source = str(mapping.get("EventSourceArn", ""))
    if ":sqs:" not in source:
        return f"The local home reads queues only, not {source}"
    if int(mapping.get("BatchSize") or SMALL_BATCH) > SMALL_BATCH and not int(mapping.get("MaximumBatchingWindowInSeconds") or 0):
        return f"Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than {SMALL_BATCH}"
    function = lambda_svc._functions.get(lambda_svc._resolve_name(mapping.get("FunctionName", "")))
    if function is None:
        return f"Function not found: {mapping.get('FunctionName')}"
    queue = sqs._queue_by_arn(source)
    if queue is None:
        return (
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. "
            "SQS Error Message: The specified queue does not exist."
        )
    return _permission(function["config"], source) or _hidden(function["config"], queue)


def _permission(config: dict[str, Any], queue: str) -> str:
    try:
        session = function_session(config)
    except PermissionError as error:
        return str(error)
    with message_keys.unasked():
        lacking = [action for action in NEEDED if not session_may(session, f"sqs:{action}", resource=queue)]
    return f"The provided execution role does not have permissions to call {lacking[0]} on SQS" if lacking else ""


def _hidden(config: dict[str, Any], queue: dict[str, Any]) -> str:
    hidden, timeout = int(queue["attributes"].get("VisibilityTimeout", "30")), int(config["Timeout"])
    if hidden < timeout:
        return f"Queue visibility timeout: {hidden} seconds is less than Function timeout: {timeout} seconds"
    return ""


def keep_readers() -> bool:
    """Start the readers that mappings lack. Called by the emulator's loop whenever something may have changed; never finds work itself."""
    for account, region, mapping in lambda_svc._iter_all_esms():
        if ":sqs:" not in mapping.get("EventSourceArn", "") or not mapping.get("Enabled", True):
            continue
        with request_scope(account, region):
            for number in range(readers(mapping)):
                _keep(mapping, number)
    for place in [place for place, thread in _readers.items() if not thread.is_alive()]:
        del _readers[place]
    return False


def readers(mapping: dict[str, Any]) -> int:
    """How many read for a mapping. Each invokes the function and waits for it, so no more go on at once than the mapping allows."""
    return min(READERS, int((mapping.get("ScalingConfig") or {}).get("MaximumConcurrency") or READERS))


def _keep(mapping: dict[str, Any], number: int) -> None:
    place = (f"{get_account_id()}/{mapping['UUID']}", number)
    if place not in _readers or not _readers[place].is_alive():
        _readers[place] = identity.in_background(Reader(mapping).run, name=f"mapping-{mapping['UUID'][:8]}-{number}")
