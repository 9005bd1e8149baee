"""Rights whose names are not those of operations: the emulator asks for the operation's, IAM knows another one."""

from typing import Any

from ministack.core import iam_actions

from local.seams import replace

asked_instead: dict[str, str] = {}  # by the name the emulator asks for; each service adds its own


def plug_in() -> None:
    """Ask for the right that IAM knows."""

    def extract(*request: Any) -> str | None:
        found: str | None = original(*request)
        return asked_instead.get(found or "", found)

    original = replace(
        iam_actions,
        "extract_iam_action",
        expected="(service: str, method: str, path: str, headers: dict, body: bytes, query_params: dict) -> str | None",
        by=extract,
    )
