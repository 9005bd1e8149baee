"""Operations of Glue that the emulator does not know, by their names."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import glue

from local.seams import replace

Operation = Callable[[dict[str, Any]], Any]


def plug_in(added: Mapping[str, Operation]) -> None:
    """Answer these operations; the emulator goes on to answer the others."""

    def handle(method: str, path: str, headers: dict[str, str], body: Any, query: dict[str, Any]) -> Any:
        operation = added.get(headers.get("x-amz-target", "").rpartition(".")[2])
        return operation(json.loads(body or b"{}")) if operation else original(method, path, headers, body, query)

    original = replace(glue, "_handle_request_sync", expected="(method, path, headers, body, query_params)", by=handle)
