"""Hive tables in Glue: the definition that CREATE TABLE AS leaves, and the partitions that writing adds."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from local.athena.catalog import TableName, catalog_failure
from local.athena.failures import QueryFailure
from local.athena.writing.formats import Format

_HADOOP = "org.apache.hadoop"
_TEXT_IN, _TEXT_OUT = f"{_HADOOP}.mapred.TextInputFormat", f"{_HADOOP}.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET = f"{_HADOOP}.hive.ql.io.parquet"
_CLASSES = {
    "PARQUET": (f"{_PARQUET}.MapredParquetInputFormat", f"{_PARQUET}.MapredParquetOutputFormat", f"{_PARQUET}.serde.ParquetHiveSerDe"),
    "JSON": (_TEXT_IN, _TEXT_OUT, "org.apache.hive.hcatalog.data.JsonSerDe"),
    "TEXTFILE": (_TEXT_IN, _TEXT_OUT, f"{_HADOOP}.hive.serde2.lazy.LazySimpleSerDe"),
}
_AT_ONCE = 100
Columns = Sequence[tuple[str, str]]


def storage(columns: Columns, location: str, written: Format) -> dict[str, Any]:
    """A storage descriptor."""
    reads, writes, serde = _CLASSES[written.name]
    options = {"field.delim": written.delimiter, "serialization.format": written.delimiter} if written.name == "TEXTFILE" else {}
    return {
        "Columns": _described(columns),
        "Location": location,
        "InputFormat": reads,
        "OutputFormat": writes,
        "Compressed": False,
        "SerdeInfo": {"SerializationLibrary": serde, "Parameters": options or {"serialization.format": "1"}},
    }


def create(glue: Any, name: TableName, descriptor: dict[str, Any], keys: Columns, properties: dict[str, str]) -> None:
    """Create the table. Raises QueryFailure."""
    table = {
        "Name": name.table,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", **properties},
        "StorageDescriptor": descriptor,
        "PartitionKeys": _described(keys),
    }
    _asked(glue.create_table, name, DatabaseName=name.database, TableInput=table)


def drop(glue: Any, name: TableName) -> None:
    """Take back a table that could not be completed. Raises QueryFailure."""
    _asked(glue.delete_table, name, DatabaseName=name.database, Name=name.table)


def add_partitions(glue: Any, name: TableName, descriptor: dict[str, Any], places: dict[tuple[str, ...], str]) -> None:
    """Register partitions (values -> location). Raises QueryFailure."""
    listed = [{"Values": list(values), "StorageDescriptor": {**descriptor, "Location": place}} for values, place in places.items()]
    for start in range(0, len(listed), _AT_ONCE):
        some = listed[start : start + _AT_ONCE]
        answer = _asked(glue.batch_create_partition, name, DatabaseName=name.database, TableName=name.table, PartitionInputList=some)
        wrong = [error for error in answer.get("Errors", []) if error["ErrorDetail"]["ErrorCode"] != "AlreadyExistsException"]
        if wrong:
            raise QueryFailure("HIVE_METASTORE_ERROR", f"Partition {wrong[0]['PartitionValues']}: {wrong[0]['ErrorDetail']}")


def _asked(operation: Any, name: TableName, **arguments: Any) -> dict[str, Any]:
    try:
        return dict(operation(**arguments))
    except ClientError as error:
        if error.response["Error"]["Code"] == "AlreadyExistsException":
            raise table_exists(name) from error
        raise catalog_failure(error, name.database, None) from error


def table_exists(name: TableName) -> QueryFailure:
    """The failure of making a table that is there."""
    return QueryFailure("TABLE_ALREADY_EXISTS", f"Destination table 'awsdatacatalog.{name}' already exists", (1, 1))


def _described(columns: Columns) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in columns]
