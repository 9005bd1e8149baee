"""What Glue tells EventBridge when a run has ended."""

import json
from typing import Any

from ministack.services import eventbridge

SAID = {
    "SUCCEEDED": ("INFO", "Job run succeeded"),
    "FAILED": ("ERROR", "Job run failed"),
    "TIMEOUT": ("WARN", "Job run timed out"),
    "STOPPED": ("INFO", "Job run stopped"),
}


def tell(run: dict[str, Any]) -> None:
    """Put the event `Glue Job State Change` of a run that has ended on the account's bus."""
    severity, message = SAID[run["JobRunState"]]
    detail = {
        "jobName": run["JobName"],
        "severity": severity,
        "state": run["JobRunState"],
        "jobRunId": run["Id"],
        "message": run.get("ErrorMessage") or message,
    }
    entry = {"Source": "aws.glue", "DetailType": "Glue Job State Change", "Detail": json.dumps(detail), "Resources": []}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
