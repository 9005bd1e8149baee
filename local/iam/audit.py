"""What IAM decided, on request: one line of JSON per decision in `decisions.jsonl` of the home's folder.

Nothing is written until that file exists; make it (empty) and remove it at any time, also while the home runs. Each line
has the caller's ARN, the action, the resource, the condition keys of the request, and whether it was allowed. Calls of
the root key are decided by nobody and not written. So it can be seen which permissions a role really uses.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id

NAME = "decisions.jsonl"
_lock = threading.Lock()


def write(access_key: str, *, action: str, resource: str, context: dict[str, Any], allowed: bool) -> None:
    """Add a decision to the file, if it is wanted."""
    file = Path(os.environ["STATE_DIR"]).parent / NAME
    if not file.exists() or iam_evaluator.is_root_access_key(access_key):
        return
    found = iam_evaluator.resolve_credential(access_key, get_account_id()) if access_key else None
    caller = found.principal_arn if isinstance(found, iam_evaluator.ResolvedCredential) else ""
    keys = {name: value for name, value in context.items() if value is not None}
    line = json.dumps({"caller": caller, "action": action, "resource": resource, "context": keys, "allowed": allowed})
    with _lock, file.open("a") as open_file:
        open_file.write(f"{line}\n")
