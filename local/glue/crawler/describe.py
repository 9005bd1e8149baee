"""Tables and partitions in the words of the catalog, with the parameters that AWS's crawlers write."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from local.glue.crawler import documents, kinds, parquet
from local.glue.crawler.folders import Found, Group, columns_of, keys_and_values
from local.glue.crawler.kinds import Columns
from local.glue.crawler.names import hashed, table_name
from local.glue.crawler.objects import Target
from local.glue.crawler.shapes import OPEN_CSV, Shape

_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat")
_PARQUET = tuple(f"org.apache.hadoop.hive.ql.io.parquet.MapredParquet{kind}Format" for kind in ("Input", "Output"))

Input = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Described:
    """A table as CreateTable takes it, its partitions as BatchCreatePartition does, and its name where the plain one is taken."""

    table: Input
    partitions: list[Input]
    hashed: str

    @property
    def location(self) -> str:
        """Where its data lies."""
        return str(self.table["StorageDescriptor"]["Location"])


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What a crawler leaves on tables: its name, the prefix of their names, and whether partitions take the table's columns."""

    crawler: str
    prefix: str = ""
    inherit: bool = False


def described(group: Group, *, target: Target, signature: Signature) -> Described:
    """The catalog's words for a group of objects."""
    place = "/".join(group.place)
    location = f"s3://{target.bucket}/{target.prefix}{place}" + ("" if group.alone or not place else "/")
    parts = group.partitions() if group.depth else {}
    keys, values = keys_and_values(list(parts)) if parts else ([], {})
    columns, shape = group.columns, group.shape
    parameters = _parameters(group.members, shape, crawler=signature.crawler) | ({"partition_filtering.enabled": "true"} if keys else {})
    name = table_name(group.place[-1] if group.place else target.name, prefix=signature.prefix)
    table = {
        "Name": name,
        "Owner": "owner",
        "Retention": 0,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": key, "Type": kinds.TEXT} for key in keys],
        "Parameters": parameters,
        "StorageDescriptor": _storage(shape, columns, location=location, parameters=parameters),
    }
    made = [
        _partition(found, values[path], table=table, location=f"{location}{'/'.join(path)}/", inherit=signature.inherit)
        for path, found in parts.items()
    ]
    return Described(table=table, partitions=made, hashed=hashed(name, location))


def _partition(found: Sequence[Found], values: list[str], *, table: Input, location: str, inherit: bool) -> Input:
    """A partition with the table's columns, or with its own."""
    shape = max((each.shape for each in found), key=lambda one: len(one.columns))
    crawler = table["Parameters"]["UPDATED_BY_CRAWLER"]
    parameters = {name: value for name, value in _parameters(found, shape, crawler=crawler).items() if name != "UPDATED_BY_CRAWLER"}
    storage = _storage(shape, columns_of(found), location=location, parameters=parameters)
    if inherit:
        storage["Columns"] = table["StorageDescriptor"]["Columns"]
    return {"Values": values, "StorageDescriptor": storage, "Parameters": parameters}


def _storage(shape: Shape, columns: Columns, *, location: str, parameters: dict[str, str]) -> Input:
    incoming, outgoing = _PARQUET if shape.classification == "parquet" else _TEXT
    described = [{"Name": name, "Type": kinds.text(kind)} for name, kind in _lower(columns).items()]
    return {
        "Columns": described,
        "Location": location,
        "InputFormat": incoming,
        "OutputFormat": outgoing,
        "Compressed": shape.compression != "none",
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": shape.serde, "Parameters": _serde(shape, columns)},
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": parameters,
        "StoredAsSubDirectories": False,
    }


def _serde(shape: Shape, columns: Columns) -> dict[str, str]:
    if shape.serde == documents.SERDE:
        return {"paths": ",".join(sorted(columns))}
    if shape.serde == parquet.SERDE:
        return {"serialization.format": "1"}
    if shape.serde == OPEN_CSV:
        return {"separatorChar": shape.delimiter, "quoteChar": shape.quote or '"', "escapeChar": "\\"}
    return {"field.delim": shape.delimiter} if shape.serde else {}


def _parameters(members: Sequence[Found], shape: Shape, *, crawler: str) -> dict[str, str]:
    size = sum(each.object.size for each in members)
    rows = sum(_rows(each) for each in members)
    found = {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": crawler,
        "averageRecordSize": str(max(each.shape.width for each in members)),
        "classification": shape.classification,
        "compressionType": shape.compression,
        "objectCount": str(len(members)),
        "recordCount": str(rows),
        "sizeKey": str(size),
        "typeOfData": "file",
    }
    if shape.classification == "csv":
        found |= {"areColumnsQuoted": "false", "columnsOrdered": "true", "delimiter": shape.delimiter}
        found |= {"skip.header.line.count": "1"} if shape.header else {}
    return found


def _rows(found: Found) -> int:
    """The rows of an object: counted if it was read to its end, else guessed from its size."""
    return found.shape.rows if found.shape.whole else max(found.shape.rows, found.object.size // max(1, found.shape.width))


def _lower(columns: Columns) -> Columns:
    """The catalog's names have no capital letters."""
    found: Columns = {}
    for name, kind in columns.items():
        found[name.lower()] = kinds.merged(found.get(name.lower(), kinds.UNSEEN), kind)
    return found
