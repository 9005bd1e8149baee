"""One root key per home.

The emulator takes the key `test`, an empty key and any twelve digits for the account's root and lets them do
everything. On AWS no such key exists. Here only the key made for this home is root; it is written to `root.json` for
`cdk bootstrap`, nothing else uses it, and a request without credentials is anonymous, as it should be. The emulator's
own administration addresses, which know no credentials at all, are closed too.
"""

import json
from typing import Any

from ministack import app
from ministack.core import iam_evaluator
from ministack.services import sts

from local.seams import replace

ADMINISTRATION = ("/_ministack/reset", "/_ministack/config")


def plug_in(root_key: str) -> None:
    """Let `root_key` alone be root."""

    def is_root_access_key(access_key_id: str) -> bool:
        return access_key_id == root_key

    expected = "(access_key_id: str) -> bool"
    replace(iam_evaluator, "is_root_access_key", expected=expected, by=is_root_access_key)
    replace(sts, "is_root_access_key", expected=expected, by=is_root_access_key)
    replace(app, "_handle_admin_reset", expected="(path: str, method: str, query_params: dict)", by=_refuse_reset)
    replace(app, "_handle_admin_config_request", expected="(path: str, method: str, body: bytes)", by=_refuse_configuration)


async def _refuse_reset(path: str, _method: str, _query_params: dict[str, Any]) -> tuple[int, dict[str, str], bytes] | None:
    return _refusal(path)


async def _refuse_configuration(path: str, _method: str, _body: bytes) -> tuple[int, dict[str, str], bytes] | None:
    return _refusal(path)


def _refusal(path: str) -> tuple[int, dict[str, str], bytes] | None:
    if path not in ADMINISTRATION:
        return None
    message = "The home has no unauthenticated administration: stop it and remove its folder to start afresh."
    return 403, {"Content-Type": "application/json"}, json.dumps({"message": message}).encode()
