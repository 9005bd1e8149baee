"""The emulator's table of resource types, and how an API's answer becomes a resource's failure."""

import json
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

from local.errors import HomeError

Properties = dict[str, Any]
Made = tuple[str, dict[str, Any]]
Create = Callable[[str, Properties, str], Made]
Update = Callable[[str, Properties, Properties, str], Made]
Delete = Callable[[str, Properties], None]

TABLE: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS


def add(name: str, *, create: Create, delete: Delete, update: Update | None = None) -> None:
    """Add a type the emulator lacks. Without `update` every change makes a new resource, as AWS does for such types."""
    if name in TABLE:
        raise HomeError(f"{name}: the emulator has this type now; compare it with ours")
    TABLE[name] = {"create": create, "delete": delete} | ({"update": update} if update else {})


def existing(name: str) -> dict[str, Any]:
    """The emulator's handlers of a type. Raises HomeError if it has none."""
    if name not in TABLE:
        raise HomeError(f"{name}: the emulator has no such type any more")
    return TABLE[name]


def answer(response: tuple[int, Any, Any]) -> dict[str, Any]:
    """The body of an in-process API call. Raises ValueError with its message if it failed."""
    status, _, body = response
    text = body.decode() if isinstance(body, bytes) else str(body or "")
    if status >= 400:
        raise ValueError(_message(text))
    return dict(json.loads(text)) if text.startswith("{") else {}


def refuse_others(kind: str, properties: Properties, *, known: frozenset[str]) -> None:
    """Raise ValueError for properties that the home would have to ignore."""
    unknown = sorted(set(properties) - known)
    if unknown:
        raise ValueError(f"{kind}: the local home does not do {', '.join(unknown)}; leave it out, or add it to the home (local/README.md)")


def _message(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return str(found.get("message") or found.get("Message") or text)
