"""How DESCRIBE lays a table out: padded columns for Hive tables, a schema and a partition spec for Iceberg tables."""

import re
from collections.abc import Iterator

from pyiceberg.types import IcebergType, ListType, LongType, MapType, StructType, TimestamptzType

from local.athena import iceberg
from local.athena.catalog import GlueTable
from local.athena.engine import Session
from local.athena.failures import QueryFailure
from local.athena.lake import LakeIO

WIDTH = 20
_NAMES = {"long": "bigint", "timestamptz": "timestamp"}
_UNSHOWN = ("time", "uuid")
_INVALID = 1100


def padded(text: str) -> str:
    """A field of a Hive table's description."""
    return text.ljust(WIDTH)


def described(session: Session, table: GlueTable) -> Iterator[str]:
    """The lines of DESCRIBE. Raises QueryFailure."""
    return _of_iceberg(session, table) if table.is_iceberg else _of_hive(table)


def _of_hive(table: GlueTable) -> Iterator[str]:
    keys = table.definition.get("PartitionKeys") or []
    for column in [*(table.storage.get("Columns") or []), *keys]:
        yield _hive_line(column)
    if keys:
        yield from ("\t \t ", "# Partition Information\t \t ")
        yield "\t".join([padded("# col_name").ljust(WIDTH + 2), padded("data_type"), padded("comment")])
        yield "\t \t "
        yield from map(_hive_line, keys)


def _hive_line(column: dict[str, str]) -> str:
    parts = (column["Name"].lower(), column.get("Type", "string"), column.get("Comment", ""))
    return "\t".join(padded(part) for part in parts)


def _of_iceberg(session: Session, table: GlueTable) -> Iterator[str]:
    opened = iceberg.open_table(table, LakeIO(session.s3))
    schema = opened.schema()
    fields = [(field.name.lower(), iceberg_type(field.field_type), field.doc or "") for field in schema.fields]
    yield from ("# Table schema:\t\t", "# col_name\tdata_type\tcomment")
    yield from ("\t".join(field) for field in fields)
    yield from ("\t\t", "# Partition spec:\t\t", "# field_name\tfield_transform\tcolumn_name")
    for field in opened.spec().fields:
        yield f"{field.name}\t{field.transform}\t{schema.find_column_name(field.source_id)}"


def iceberg_type(kind: IcebergType) -> str:
    """The name that Athena shows of an Iceberg type. Raises QueryFailure."""
    match kind:
        case ListType():
            return f"array<{iceberg_type(kind.element_type)}>"
        case MapType():
            return f"map<{iceberg_type(kind.key_type)}, {iceberg_type(kind.value_type)}>"
        case StructType():
            return "struct<" + ", ".join(f"{field.name}: {iceberg_type(field.field_type)}" for field in kind.fields) + ">"
        case LongType() | TimestamptzType():
            return _NAMES[str(kind)]
    if str(kind) in _UNSHOWN:
        raise QueryFailure("", "Table has unsupported column types", kind=_INVALID)
    return re.sub(r"\s*,\s*", ", ", str(kind))
