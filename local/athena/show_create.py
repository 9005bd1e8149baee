"""SHOW CREATE TABLE: the statement that would make a table, laid out as Athena lays it out for Hive and for Iceberg tables."""

from collections.abc import Iterable, Iterator

from local.athena import iceberg
from local.athena.catalog import GlueTable
from local.athena.engine import Session
from local.athena.failures import QueryFailure
from local.athena.lake import LakeIO
from local.athena.layouts import iceberg_type

_HIDDEN = ("EXTERNAL",)


def lines(session: Session, table: GlueTable) -> Iterator[str]:
    """The lines of the statement. Raises QueryFailure for a view."""
    if table.is_view:
        raise QueryFailure("NOT_SUPPORTED", f"Relation '{table.name}' is a view, not a table: SHOW CREATE VIEW shows it")
    return _of_iceberg(session, table) if table.is_iceberg else _of_hive(table)


def _of_hive(table: GlueTable) -> Iterator[str]:
    storage, info = table.storage, table.storage.get("SerdeInfo") or {}
    yield f"CREATE EXTERNAL TABLE `{table.name}`("
    yield from _listed((_column(column) for column in storage.get("Columns") or []), ")")
    if table.partition_keys:
        yield "PARTITIONED BY ( "
        yield from _listed((_column(column) for column in table.definition["PartitionKeys"]), ")")
    yield from ("ROW FORMAT SERDE ", f"  '{info.get('SerializationLibrary', '')}' ")
    options = info.get("Parameters") or {}
    if options:
        yield "WITH SERDEPROPERTIES ( "
        yield from _listed((f"'{name}'='{_escaped(value)}'" for name, value in sorted(options.items())), ") ")
    yield from ("STORED AS INPUTFORMAT ", f"  '{storage.get('InputFormat', '')}' ")
    yield from ("OUTPUTFORMAT ", f"  '{storage.get('OutputFormat', '')}'")
    yield from ("LOCATION", f"  '{storage.get('Location', '').rstrip('/')}'")
    yield "TBLPROPERTIES ("
    kept = {name: value for name, value in sorted(table.parameters.items()) if name not in _HIDDEN}
    yield from _listed((f"'{name}'='{_escaped(value)}'" for name, value in kept.items()), ")")


def _of_iceberg(session: Session, table: GlueTable) -> Iterator[str]:
    opened = iceberg.open_table(table, LakeIO(session.s3))
    schema = opened.schema()
    yield f"CREATE TABLE {table.name} ("
    yield from _listed((f"{field.name.lower()} {iceberg_type(field.field_type)}" for field in schema.fields), ")")
    terms = []
    for field in opened.spec().fields:
        column, transform = schema.find_column_name(field.source_id), str(field.transform)
        terms.append(f"`{column}`" if transform == "identity" else f"{transform}(`{column}`)")
    if terms:
        yield f"PARTITIONED BY ({', '.join(terms)})"
    yield f"LOCATION '{opened.location().rstrip('/')}'"
    yield "TBLPROPERTIES ("
    codec = opened.properties.get("write.parquet.compression-codec", "zstd")
    yield from _listed(
        [f"'{n}'='{v}'" for n, v in (("table_type", "iceberg"), ("format", "PARQUET"), ("write_compression", codec.upper()))], ");"
    )


def _listed(items: Iterable[str], end: str) -> Iterator[str]:
    found = list(items)
    for item in found[:-1]:
        yield f"  {item}, " if item.startswith("`") else f"  {item},"
    yield f"  {found[-1]}{end}" if found else end


def _column(column: dict[str, str]) -> str:
    comment = f" COMMENT '{_escaped(column['Comment'])}'" if column.get("Comment") else ""
    return f"`{column['Name'].lower()}` {column.get('Type', 'string')}{comment}"


def _escaped(text: str) -> str:
    return "".join(letter if letter >= " " else f"\\u{ord(letter):04X}" for letter in text.replace("'", "\\'"))
