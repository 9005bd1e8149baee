"""A crawler's `Configuration`: a versioned JSON text of which the home reads what changes tables."""

import json
from dataclasses import dataclass
from typing import Any

KNOWN = {
    "Version": None,
    "CreatePartitionIndex": None,
    "Grouping": {"TableGroupingPolicy": ("CombineCompatibleSchemas",)},
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": ("InheritFromTable",)},
        "Tables": {"AddOrUpdateBehavior": ("MergeNewColumns",)},
    },
}


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What a crawler is told besides its policies."""

    combine: bool = False
    inherit_from_table: bool = False
    merge_new_columns: bool = False

    @classmethod
    def read(cls, text: str) -> "Configuration":
        """Read a text that `problem` found right."""
        said = json.loads(text) if text else {}
        output = said.get("CrawlerOutput") or {}
        return cls(
            combine=bool((said.get("Grouping") or {}).get("TableGroupingPolicy")),
            inherit_from_table=bool((output.get("Partitions") or {}).get("AddOrUpdateBehavior")),
            merge_new_columns=bool((output.get("Tables") or {}).get("AddOrUpdateBehavior")),
        )


def problem(text: str) -> str:
    """Why a configuration is refused; empty if it is not."""
    if not text:
        return ""
    try:
        said = json.loads(text)
    except ValueError:
        return "Crawler configuration is not valid JSON."
    if not isinstance(said, dict) or said.get("Version") != 1:
        return "Crawler configuration must have Version 1.0."
    return _unknown(said, KNOWN, "Crawler configuration")


def _unknown(said: dict[str, Any], known: dict[str, Any], where: str) -> str:
    for name, value in said.items():
        if name not in known:
            return f"{where} contains unsupported keys: {name}."
        allowed = known[name]
        if isinstance(allowed, dict):
            if not isinstance(value, dict):
                return f"{where}: {name} must be an object."
            if found := _unknown(value, allowed, name):
                return found
        elif allowed and value not in allowed:
            return f"{where}: {name} is {value!r}; allowed is {', '.join(allowed)}."
    return ""
