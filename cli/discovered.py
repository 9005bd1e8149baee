"""What crawlers have found: the tables in raw, their columns and partitions, and their drift from the declarations."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cli.platform import Platform, snake
from cli.problem import Problem
from lakemill.datasets import declared
from lakemill.drift import drift


@dataclass(frozen=True, kw_only=True)
class Discovered:
    """A table that a crawler keeps."""

    name: str
    kind: str
    files: int
    rows: int
    columns: Mapping[str, str]
    keys: tuple[str, ...]
    partitions: frozenset[tuple[str, ...]]


def crawlers(platform: Platform) -> Mapping[str, str]:
    """Crawlers by the names of their datasets."""
    outputs = platform.outputs("catalog")
    found = {snake(name.removeprefix("Crawler")): crawler for name, crawler in outputs.items() if name.startswith("Crawler")}
    if not found:
        raise Problem("no crawler is deployed", f"The stacks may be older ones. {platform.how_to_deploy}")
    return found


def tables(platform: Platform, crawler: str) -> Mapping[str, Discovered]:
    """The tables that a crawler keeps, by their names."""
    glue, database = platform.client("glue"), platform.databases()["raw"]
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
    own = [each for page in pages for each in page["TableList"] if each.get("Parameters", {}).get("UPDATED_BY_CRAWLER") == crawler]
    return {each["Name"]: _table(glue, each, database=database) for each in own}


def drifts(platform: Platform, datasets: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The drift of each dataset whose table a crawler has made, as of its last crawl."""
    glue, database = platform.client("glue"), platform.databases()["raw"]
    found: dict[str, tuple[str, ...]] = {}
    for name in datasets:
        try:
            table = glue.get_table(DatabaseName=database, Name=name)["Table"]
        except glue.exceptions.EntityNotFoundException:
            continue
        found[name] = drift(declared()[name], columns_of(table))
    return found


def columns_of(table: Mapping[str, Any]) -> Mapping[str, str]:
    """The catalog's types by column, partition keys left out."""
    return {each["Name"]: each["Type"] for each in table["StorageDescriptor"]["Columns"]}


def _table(glue: Any, table: Mapping[str, Any], *, database: str) -> Discovered:
    keys = tuple(each["Name"] for each in table.get("PartitionKeys", ()))
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=table["Name"]) if keys else ()
    said = table["Parameters"]
    return Discovered(
        name=table["Name"],
        kind=said.get("classification", ""),
        files=int(said.get("objectCount", 0)),
        rows=int(said.get("recordCount", 0)),
        columns=columns_of(table),
        keys=keys,
        partitions=frozenset(tuple(each["Values"]) for page in pages for each in page["Partitions"]),
    )
