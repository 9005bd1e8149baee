"""Parquet: the schema stands in the file's end, so nothing is inferred."""

import pyarrow as pa
from pyarrow import parquet

from local.glue.crawler.kinds import Kind
from local.glue.crawler.objects import Beginning
from local.glue.crawler.shapes import Shape

SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
_PLAIN = {
    "bool": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint", "uint8": "smallint",
    "uint16": "int", "uint32": "bigint", "uint64": "bigint", "halffloat": "float", "float": "float", "double": "double",
    "string": "string", "large_string": "string", "binary": "binary", "large_binary": "binary", "date32[day]": "date",
}  # fmt: skip


def shape(beginning: Beginning) -> Shape | None:
    """The columns of a Parquet file; nothing if it is broken."""
    try:
        about = parquet.read_metadata(pa.BufferReader(beginning.content))
        columns = {each.name: kind(each.type) for each in about.schema.to_arrow_schema()}
    except (pa.ArrowException, OSError):
        return None
    size = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    return Shape(
        classification="parquet",
        columns=columns,
        serde=SERDE,
        rows=about.num_rows,
        width=max(1, size // max(1, about.num_rows)),
        whole=True,
    )


def kind(arrow: pa.DataType) -> Kind:
    """The type of a column."""
    if pa.types.is_timestamp(arrow):
        return "timestamp"
    if pa.types.is_decimal(arrow):
        return f"decimal({arrow.precision},{arrow.scale})"
    if pa.types.is_struct(arrow):
        return {each.name.lower(): kind(each.type) for each in arrow}
    if pa.types.is_list(arrow) or pa.types.is_large_list(arrow):
        return [kind(arrow.value_type)]
    return _PLAIN.get(str(arrow), "string")
