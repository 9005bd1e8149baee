"""Pages of List operations: filtered, sorted, cut, and continued by a token."""

import base64
import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from local.sagemaker.answers import Data, Refused

DEFAULT = 10
MOMENTS = {"CreationTimeAfter": ("CreationTime", 1), "CreationTimeBefore": ("CreationTime", -1)} | {
    "LastModifiedTimeAfter": ("LastModifiedTime", 1),
    "LastModifiedTimeBefore": ("LastModifiedTime", -1),
}


@dataclass(frozen=True)
class Page:
    """Some records of a list, and the token for the next ones."""

    records: list[Data]
    token: str

    def answer(self, member: str, kept: tuple[str, ...]) -> Data:
        """The answer of a List operation that shows only some fields."""
        found: Data = {member: [{name: each[name] for name in kept if name in each} for each in self.records]}
        return found | ({"NextToken": self.token} if self.token else {})


def page(records: Iterable[Data], data: Data, *, name: str, status: str = "") -> Page:
    """The page that a request asks for. `name` and `status` are the fields that NameContains and StatusEquals look at."""
    wanted = [each for each in records if _fits(each, data, name=name, status=status)]
    field = {"Name": name, "Status": status}.get(data.get("SortBy", ""), "CreationTime") or "CreationTime"
    wanted.sort(key=_key(field, name), reverse=data.get("SortOrder", "Descending") == "Descending")
    start, size = _start(data.get("NextToken", "")), data.get("MaxResults") or DEFAULT
    more = start + size < len(wanted)
    return Page(wanted[start : start + size], base64.b64encode(str(start + size).encode()).decode() if more else "")


def _fits(record: Data, data: Data, *, name: str, status: str) -> bool:
    if data.get("NameContains") and data["NameContains"].lower() not in str(record.get(name, "")).lower():
        return False
    if status and data.get("StatusEquals") and record[status] != data["StatusEquals"]:
        return False
    return all(not data.get(asked) or (record[field] - _seconds(data[asked])) * way >= 0 for asked, (field, way) in MOMENTS.items())


def _key(field: str, name: str) -> Callable[[Data], Any]:
    return lambda record: (record.get(field, ""), str(record.get(name, "")))


def _seconds(moment: Any) -> float:
    return datetime.datetime.fromisoformat(moment).timestamp() if isinstance(moment, str) else float(moment)


def _start(token: str) -> int:
    try:
        return int(base64.b64decode(token)) if token else 0
    except ValueError:
        raise Refused("Invalid pagination token.") from None
