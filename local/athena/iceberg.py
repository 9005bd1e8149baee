"""Iceberg tables: pyiceberg decides which files a query needs, DuckDB reads exactly those.

Columns are found by Iceberg field id, so files written before a column was added or renamed give what they should: null,
or the column under its new name. Files with row-level deletes are refused: ignoring them would bring deleted rows back.
"""

from collections.abc import Iterable

from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.io import FileIO
from pyiceberg.schema import Schema
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import FileScanTask, StaticTable
from pyiceberg.types import ListType, MapType, StructType
from sqlglot import exp

from local.athena.catalog import GlueTable
from local.athena.column_types import from_iceberg
from local.athena.failures import QueryFailure, not_supported
from local.athena.moments import snapshot_id
from local.athena.pruning import row_filter

_NESTED = (ListType, MapType, StructType)


def open_table(table: GlueTable, io: FileIO) -> StaticTable:
    """The table as its current metadata describes it. Raises QueryFailure."""
    location = table.parameters.get("metadata_location")
    if not location:
        raise QueryFailure("ICEBERG_INVALID_METADATA", f"Metadata location is missing for table {table.name}")
    metadata = FromInputFile.table_metadata(io.new_input(location))
    return StaticTable((table.name.database, table.name.table), metadata, location, io, NoopCatalog("static"))


def columns(schema: Schema) -> list[tuple[str, str]]:
    """(name, DuckDB type) of every column."""
    return [(field.name.lower(), from_iceberg(field.field_type)) for field in schema.fields]


def schema_of(table: StaticTable, node: exp.Table) -> Schema:
    """The schema the query sees: the snapshot's when it travels in time, else the current one."""
    wanted = snapshot_id(table, node)
    if wanted is None:
        return table.schema()
    snapshot = table.snapshot_by_id(wanted)
    known = table.schemas()
    return known[snapshot.schema_id] if snapshot and snapshot.schema_id in known else table.schema()


def relation(table: StaticTable, node: exp.Table) -> tuple[str, dict[str, int]]:
    """A DuckDB relation over the files that `node` needs, and the files' sizes in bytes.

    Raises QueryFailure for delete files and for nested columns that were renamed.
    """
    schema = schema_of(table, node)
    tasks = _tasks(table, node, schema)
    if not tasks:
        return empty(columns(schema)), {}
    files = {task.file.file_path: task.file.file_size_in_bytes for task in tasks}
    return _read(table, schema, files), files


def empty(described: Iterable[tuple[str, str]]) -> str:
    """A relation without rows."""
    return "select " + ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in described) + " where false"


def _tasks(table: StaticTable, node: exp.Table, schema: Schema) -> list[FileScanTask]:
    if table.current_snapshot() is None:
        return []
    snapshot = snapshot_id(table, node)
    wanted = row_filter(node, schema) if snapshot is None else AlwaysTrue()
    tasks = list(table.scan(row_filter=wanted, snapshot_id=snapshot).plan_files())
    if any(task.delete_files for task in tasks):
        raise not_supported(f"reading {node.name}, which has row-level delete files (merge-on-read)")
    if any(task.file.file_format != "PARQUET" for task in tasks):
        raise not_supported(f"reading {node.name}, whose files are not all Parquet")
    return tasks


def _read(table: StaticTable, schema: Schema, files: dict[str, int]) -> str:
    listed = ", ".join(f"'{quoted(path)}'" for path in files)
    nested = any(isinstance(field.field_type, _NESTED) for field in schema.fields)
    if nested or "schema.name-mapping.default" in table.properties:  # such files have no field ids: by id, all would be null
        return _read_by_name(table, schema, listed)
    described = ", ".join(
        f"{field.field_id}: {{name: '{quoted(field.name.lower())}', type: '{from_iceberg(field.field_type)}', default_value: null}}"
        for field in schema.fields
    )
    return f"select * from read_parquet([{listed}], schema=map {{{described}}})"


def _read_by_name(table: StaticTable, schema: Schema, listed: str) -> str:
    names = {field.field_id: field.name for field in schema.fields}
    for old in table.schemas().values():
        if any(names.get(field.field_id, field.name) != field.name for field in old.fields):
            raise not_supported(f"reading {table.name()[-1]}, whose columns are found by name, and one was renamed")
    projected = ", ".join(f'cast("{name}" as {kind}) as "{name}"' for name, kind in columns(schema))
    return (
        f"select {projected} from ({empty(columns(schema))} union all by name select * from read_parquet([{listed}], union_by_name=true))"
    )


def quoted(text: str) -> str:
    """`text` for use inside single quotes."""
    return text.replace("'", "''")
