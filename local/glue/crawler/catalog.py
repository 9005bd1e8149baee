"""What a crawl writes to the catalog, as the crawler's role, and what it leaves alone.

New tables and partitions are always added. Those that changed are written anew only under UPDATE_IN_DATABASE, which leaves the
old version of a table behind. Those whose data is gone are logged, marked as deprecated, or deleted, as the crawler says. A
table of the same name over other data, or with other partition keys, is left alone: the new one gets a name with a hash.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from local.glue.crawler.describe import Described, Input
from local.glue.crawler.journal import Journal
from local.glue.crawler.objects import Target

AT_ONCE = 100
_COMPARED = ("PartitionKeys", "Parameters", "StorageDescriptor")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a crawler may do: rewrite what changed; LOG, DEPRECATE_IN_DATABASE or DELETE_FROM_DATABASE what is gone.

    `merge` only adds columns to a table; `partial` says that the crawl did not look at everything, so nothing counts as gone.
    """

    update: bool
    delete: str
    merge: bool = False
    partial: bool = False


class Catalog:
    """One database, and a count of what was done in it, by (TABLE or PARTITION, ADD or UPDATE or DELETE)."""

    def __init__(self, glue: Any, *, database: str, policy: Policy, journal: Journal) -> None:
        self.done: Counter[tuple[str, str]] = Counter()
        self._glue, self._database, self._policy, self._journal = glue, database, policy, journal
        self._written: set[str] = set()

    def check(self) -> None:
        """Raise ClientError if there is no such database, or the role may not see it."""
        self._glue.get_database(Name=self._database)

    def write(self, each: Described) -> None:
        """A table and its partitions."""
        wanted, current = self._settled(each)
        self._written.add(wanted["Name"])
        if current is None:
            self._glue.create_table(DatabaseName=self._database, TableInput=wanted)
            self._did("TABLE", "ADD", f"Created table {wanted['Name']} in database {self._database}")
        else:
            self._renew(wanted, current)
        if wanted["PartitionKeys"]:
            self._write_partitions(wanted["Name"], each.partitions)

    def retire(self, targets: Iterable[Target], *, crawler: str) -> None:
        """Do what the crawler says with its tables under `targets` that this crawl has not seen."""
        places = [f"s3://{each.bucket}/{each.prefix}" for each in targets]
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=self._database)
        for table in [one for page in pages for one in page["TableList"]]:
            own = table.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == crawler
            if own and table["Name"] not in self._written and _location(table).startswith(tuple(places)):
                self._retire_table(table)

    def places(self, crawler: str) -> set[str]:
        """Where data lies that is in the catalog: the locations of the crawler's tables without keys, and of their partitions."""
        found: set[str] = set()
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=self._database)
        for table in [one for page in pages for one in page["TableList"]]:
            if table.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == crawler:
                parts = self._partitions(table["Name"]).values() if table.get("PartitionKeys") else [table]
                found |= {_location(each) for each in parts}
        return found

    def _settled(self, each: Described) -> tuple[Input, Input | None]:
        """The table as it will be named, and the one that it takes the place of."""
        for name in (each.table["Name"], each.hashed):
            current = self._table(name)
            same = current and _location(current) == each.location.rstrip("/") + "/"
            if current is None or (same and len(current.get("PartitionKeys") or ()) == len(each.table["PartitionKeys"])):
                return {**each.table, "Name": name}, current
        raise ValueError(f"table {each.hashed} in database {self._database} is over other data than {each.location}")

    def _renew(self, wanted: Input, current: Input) -> None:
        """Write a table anew if it changed and the crawler may."""
        if self._policy.merge:
            wanted = _with_old_columns(wanted, current)
        if all(wanted[name] == current.get(name) for name in _COMPARED):
            return
        if not self._policy.update:
            if wanted["StorageDescriptor"]["Columns"] != current["StorageDescriptor"]["Columns"]:
                self._journal.note(f"Table {wanted['Name']} in database {self._database} has a changed schema. It is left as it is")
            return
        self._glue.update_table(DatabaseName=self._database, TableInput=wanted)
        self._did("TABLE", "UPDATE", f"Updated table {wanted['Name']} in database {self._database}")

    def _write_partitions(self, table: str, partitions: Sequence[Input]) -> None:
        known = self._partitions(table)
        new = [each for each in partitions if tuple(each["Values"]) not in known]
        changed = [each for each in partitions if tuple(each["Values"]) in known and _differs(each, known[tuple(each["Values"])])]
        place = {"DatabaseName": self._database, "TableName": table}
        for some in _by_hundreds(new):
            _all_done(self._glue.batch_create_partition(**place, PartitionInputList=some))
            self._did("PARTITION", "ADD", f"Created partitions with values {_values(some)} for table {table}", times=len(some))
        for some in _by_hundreds(changed if self._policy.update else []):
            entries = [{"PartitionValueList": each["Values"], "PartitionInput": each} for each in some]
            _all_done(self._glue.batch_update_partition(**place, Entries=entries))
            self._did("PARTITION", "UPDATE", f"Updated partitions with values {_values(some)} for table {table}", times=len(some))
        if not self._policy.partial:
            self._retire_partitions(table, gone=known.keys() - {tuple(each["Values"]) for each in partitions})

    def _retire_partitions(self, table: str, *, gone: Iterable[tuple[str, ...]]) -> None:
        for values in sorted(gone):
            if self._policy.delete == "DELETE_FROM_DATABASE":
                self._glue.delete_partition(DatabaseName=self._database, TableName=table, PartitionValues=list(values))
                self._did("PARTITION", "DELETE", f"Deleted partition with values [{', '.join(values)}] of table {table}")
            else:
                said = f"Found partition of table {table} with partition values [{', '.join(values)}] with no matching schema"
                self._journal.note(f"{said} at the partition's S3 location")

    def _retire_table(self, table: Input) -> None:
        name = table["Name"]
        why = "because a matching schema was not found at the table's location"
        if self._policy.delete == "DELETE_FROM_DATABASE":
            self._glue.delete_table(DatabaseName=self._database, Name=name)
            self._did("TABLE", "DELETE", f"Deleted table {name} {why}")
        elif self._policy.delete == "DEPRECATE_IN_DATABASE":
            kept = {key: table[key] for key in ("Name", "Owner", "TableType", *_COMPARED) if key in table}
            kept["Parameters"] = {**table["Parameters"], "DEPRECATED_BY_CRAWLER": str(int(time.time() * 1000))}
            self._glue.update_table(DatabaseName=self._database, TableInput=kept)
            self._did("TABLE", "UPDATE", f"Table {name} is marked deprecated {why}")
        else:
            self._journal.note(f"Table {name} is left as it is, although a matching schema was not found at the table's location")

    def _did(self, what: str, how: str, message: str, *, times: int = 1) -> None:
        self.done[what, how] += times
        self._journal.note(message)

    def _table(self, name: str) -> Input | None:
        try:
            return dict(self._glue.get_table(DatabaseName=self._database, Name=name)["Table"])
        except self._glue.exceptions.EntityNotFoundException:
            return None

    def _partitions(self, table: str) -> dict[tuple[str, ...], Input]:
        pages = self._glue.get_paginator("get_partitions").paginate(DatabaseName=self._database, TableName=table)
        return {tuple(each["Values"]): each for page in pages for each in page["Partitions"]}


def _location(described: Input) -> str:
    return str(described["StorageDescriptor"].get("Location", "")).rstrip("/") + "/"


def _differs(one: Input, other: Input) -> bool:
    return any(one[name] != other.get(name) for name in ("Parameters", "StorageDescriptor"))


def _with_old_columns(wanted: Input, current: Input) -> Input:
    """The table with the columns it has, as they are, and new ones behind them."""
    old = current["StorageDescriptor"]["Columns"]
    names = {each["Name"] for each in old}
    columns = [*old, *(each for each in wanted["StorageDescriptor"]["Columns"] if each["Name"] not in names)]
    return {**wanted, "StorageDescriptor": {**wanted["StorageDescriptor"], "Columns": columns}}


def _by_hundreds(partitions: Sequence[Input]) -> Iterable[list[Input]]:
    return (list(partitions[at : at + AT_ONCE]) for at in range(0, len(partitions), AT_ONCE))


def _values(partitions: Iterable[Input]) -> str:
    return "[" + ", ".join(f"[{', '.join(each['Values'])}]" for each in partitions) + "]"


def _all_done(answer: Input) -> None:
    for each in answer.get("Errors", ()):
        detail = each["ErrorDetail"]
        raise ValueError(f"partition {each.get('PartitionValues') or each.get('PartitionValueList')}: {detail['ErrorMessage']}")
