"""The Glue catalog as a query sees it: databases and tables, read with the caller's rights.

`Catalog.table` answers from one GetTable call per name and query. Names are lower case, as Glue keeps them. A missing
right fails the query with Athena's text, a missing table with TABLE_NOT_FOUND or SCHEMA_NOT_FOUND.
"""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.athena.failures import QueryFailure, no_permission

CATALOG = "awsdatacatalog"
Position = tuple[int, int] | None


@dataclass(frozen=True)
class TableName:
    """A resolved table name."""

    database: str
    table: str

    def __str__(self) -> str:
        return f"{self.database}.{self.table}"


@dataclass(frozen=True)
class GlueTable:
    """A table's definition in Glue. Columns and keys are (name, Hive type) pairs."""

    name: TableName
    definition: dict[str, Any]

    @property
    def parameters(self) -> dict[str, str]:
        """Table parameters."""
        return self.definition.get("Parameters") or {}

    @property
    def storage(self) -> dict[str, Any]:
        """The storage descriptor."""
        return self.definition.get("StorageDescriptor") or {}

    @property
    def is_iceberg(self) -> bool:
        """Whether Iceberg metadata describes the table."""
        return self.parameters.get("table_type", "").upper() == "ICEBERG"

    @property
    def is_view(self) -> bool:
        """Whether it is a view."""
        return self.definition.get("TableType") == "VIRTUAL_VIEW"

    @property
    def columns(self) -> list[tuple[str, str]]:
        """Data columns."""
        return _pairs(self.storage.get("Columns"))

    @property
    def partition_keys(self) -> list[tuple[str, str]]:
        """Partition columns."""
        return _pairs(self.definition.get("PartitionKeys"))


def _pairs(columns: list[dict[str, str]] | None) -> list[tuple[str, str]]:
    return [(column["Name"].lower(), column.get("Type", "string")) for column in columns or []]


class Catalog:
    """Glue through the caller's client."""

    def __init__(self, glue: Any) -> None:
        self._glue = glue
        self._known: dict[TableName, GlueTable] = {}

    def table(self, name: TableName, at: Position = None) -> GlueTable:
        """The definition of a table. Raises QueryFailure."""
        if name not in self._known:
            self._known[name] = GlueTable(name, self._fetch(name, at))
        return self._known[name]

    def find(self, name: TableName) -> GlueTable | None:
        """The definition of a table, None if its database has no such table. Raises QueryFailure."""
        try:
            return self.table(name)
        except QueryFailure as failure:
            if failure.code == "TABLE_NOT_FOUND":
                return None
            raise

    def partitions(self, name: TableName) -> list[dict[str, Any]]:
        """The partitions registered for a table: dicts with Values and StorageDescriptor."""
        return self._all("get_partitions", "Partitions", DatabaseName=name.database, TableName=name.table)

    def databases(self) -> list[str]:
        """Names of all databases, sorted."""
        return sorted(found["Name"] for found in self._all("get_databases", "DatabaseList"))

    def tables(self, database: str) -> list[GlueTable]:
        """A database's tables and views, sorted by name. Raises QueryFailure, also if there is no such database."""
        found = self._all("get_tables", "TableList", DatabaseName=database)
        if not found:
            self._check_database(database, None)
        return [GlueTable(TableName(database, each["Name"]), each) for each in sorted(found, key=lambda each: str(each["Name"]))]

    def _all(self, operation: str, key: str, **arguments: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            try:
                page = getattr(self._glue, operation)(**arguments, **token)
            except ClientError as error:
                raise catalog_failure(error, arguments.get("DatabaseName", ""), None) from error
            found += page[key]
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}

    def _fetch(self, name: TableName, at: Position) -> dict[str, Any]:
        try:
            return dict(self._glue.get_table(DatabaseName=name.database, Name=name.table)["Table"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise catalog_failure(error, name.database, at) from error
        raise self._missing(name, at)

    def _check_database(self, database: str, at: Position) -> None:
        try:
            self._glue.get_database(Name=database)
        except ClientError as error:
            raise catalog_failure(error, database, at) from error

    def _missing(self, name: TableName, at: Position) -> QueryFailure:
        self._check_database(name.database, at)
        return QueryFailure("TABLE_NOT_FOUND", f"Table '{CATALOG}.{name}' does not exist", at)


def catalog_failure(error: ClientError, database: str, at: Position) -> QueryFailure:
    """What Athena says when Glue refuses a call."""
    code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    if code == "EntityNotFoundException":
        return QueryFailure("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", at)
    if "AccessDenied" in code:
        return no_permission(message)
    return QueryFailure("GENERIC_INTERNAL_ERROR", f"Glue: {code}: {message}")
