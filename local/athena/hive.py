"""Hive tables: every object under the table's location, or under the locations of its registered partitions.

Text formats (CSV by OpenCSVSerde or LazySimpleSerDe) are parsed by pyarrow under each serde's rules, JSON lines and
Parquet by DuckDB. Partition values come from Glue, never from guessing at paths, so an unregistered folder is as invisible
as on AWS. Objects whose name starts with `_` or `.` are skipped. A serde, a format or partition projection that is not
read here is refused.
"""

import io
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from botocore.exceptions import ClientError
from pyarrow import csv
from sqlglot import exp

from local.athena.catalog import Catalog, GlueTable
from local.athena.column_types import from_hive
from local.athena.failures import QueryFailure, not_supported
from local.athena.iceberg import empty, quoted
from local.athena.lake import SCHEME, LakeFiles, bucket_and_key, read_failure
from local.athena.packing import packing, unpacked
from local.athena.pruning import partition_wanted

_NULL = "\\N"
DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"


@dataclass
class Reader:
    """What reads one table for one query."""

    table: GlueTable
    node: exp.Table
    files: LakeFiles
    connection: duckdb.DuckDBPyConnection

    @property
    def serde(self) -> str:
        """The class name of the table's serde."""
        return str((self.table.storage.get("SerdeInfo") or {}).get("SerializationLibrary", "")).rpartition(".")[2]

    @property
    def options(self) -> dict[str, str]:
        """The serde's parameters."""
        return dict((self.table.storage.get("SerdeInfo") or {}).get("Parameters") or {})


def columns(table: GlueTable) -> list[tuple[str, str]]:
    """(name, DuckDB type) of every column, partition keys last."""
    return [(name, from_hive(kind)) for name, kind in table.columns + table.partition_keys]


def relation(reader: Reader, catalog: Catalog) -> str:
    """A DuckDB relation over the table. Raises QueryFailure."""
    table = reader.table
    if table.parameters.get("projection.enabled", "").lower() == "true":
        raise not_supported(f"partition projection (table {table.name})")
    parts = [_part(reader, location, values) for location, values in _locations(reader, catalog)]
    return " union all ".join(part for part in parts if part) or empty(columns(table))


def _locations(reader: Reader, catalog: Catalog) -> list[tuple[str, list[str]]]:
    table = reader.table
    if not table.partition_keys:
        return [(table.storage.get("Location", ""), [])]
    names = [name for name, _ in table.partition_keys]
    wanted = (
        part for part in catalog.partitions(table.name) if partition_wanted(reader.node, dict(zip(names, part["Values"], strict=True)))
    )
    return [(part["StorageDescriptor"]["Location"], part["Values"]) for part in wanted]


def _part(reader: Reader, location: str, values: list[str]) -> str:
    paths = _objects(reader.files, location)
    if not paths:
        return ""
    described = [(name, from_hive(kind)) for name, kind in reader.table.columns]
    keys = [
        f'{_key_literal(value, from_hive(kind))} as "{name}"'
        for (name, kind), value in zip(reader.table.partition_keys, values, strict=True)
    ]
    source, projected = _source(reader, paths, described)
    return f"select {', '.join([*projected, *keys])} from {source}"


def _key_literal(value: str, kind: str) -> str:
    literal = "null" if value == DEFAULT_PARTITION else f"'{quoted(value)}'"
    return f"cast({literal} as {kind})"


def _objects(files: LakeFiles, location: str) -> list[str]:
    bucket, prefix = bucket_and_key(location)
    prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
    found: list[str] = []
    try:
        for page in files.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                if item["Size"] and not any(part.startswith(("_", ".")) for part in item["Key"][len(prefix) :].split("/")):
                    found.append(f"{SCHEME}{bucket}/{item['Key']}")
                    files.sizes[found[-1]] = item["Size"]
    except ClientError as error:
        raise read_failure(error, location) from error
    return found


def _source(reader: Reader, paths: list[str], described: list[tuple[str, str]]) -> tuple[str, list[str]]:
    listed = "[" + ", ".join(f"'{quoted(path)}'" for path in paths) + "]"
    match reader.serde:
        case "OpenCSVSerde":
            return _csv(reader, paths), [_open_csv_column(name, kind, reader) for name, kind in described]
        case "LazySimpleSerDe":
            return _csv(reader, paths), [_lazy_column(name, kind) for name, kind in described]
        case "ParquetHiveSerDe":
            source = f"({empty(described)} union all by name select * from read_parquet({listed}, union_by_name=true))"
            return source, [f'cast("{name}" as {kind}) as "{name}"' for name, kind in described]
        case "JsonSerDe":
            _keep_what_duckdb_cannot_unpack(reader.files, paths)
            keys = {path.lower(): path for path in reader.options.get("paths", "").split(",")}  # a crawler's word for capital letters
            kinds = ", ".join(f"'{quoted(keys.get(name, name))}': '{kind}'" for name, kind in described)
            return f"read_json({listed}, format='newline_delimited', columns={{{kinds}}})", [
                f'"{name}" as "{name}"' for name, _ in described
            ]
    raise not_supported(f"the serde {reader.serde or '(none)'} (table {reader.table.name})")


def _open_csv_column(name: str, kind: str, reader: Reader) -> str:
    if kind.startswith(("DATE", "TIMESTAMP")) or kind.endswith("]"):
        raise not_supported(
            f"column {name} of type {kind.lower()} in a CSV table ({reader.table.name}): OpenCSVSerde reads texts and numbers"
        )
    return f'"{name}"' if kind == "VARCHAR" else f'cast(nullif("{name}", \'\') as {kind}) as "{name}"'


def _lazy_column(name: str, kind: str) -> str:
    value = f"nullif(\"{name}\", '{_NULL}')"
    return f'{value} as "{name}"' if kind == "VARCHAR" else f'try_cast({value} as {kind}) as "{name}"'


def _csv(reader: Reader, paths: list[str]) -> str:
    """Parse the files into one Arrow table of texts, registered under a name of its own."""
    names = [name for name, _ in reader.table.columns]
    wanted = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    skipped = int(reader.table.parameters.get("skip.header.line.count", 0))
    read = csv.ReadOptions(column_names=names, skip_rows=skipped)
    parts = []
    for path in paths:
        try:
            content = _even(_content(reader.files, path), reader, width=len(names))
            parts.append(csv.read_csv(io.BytesIO(content), read, _dialect(reader), wanted))
        except pa.ArrowInvalid as error:
            if "Empty CSV" not in str(error):
                raise QueryFailure("HIVE_BAD_DATA", f"{path}: {error}") from error
    together = pa.concat_tables(parts) if parts else pa.table({name: pa.array([], pa.string()) for name in names})
    view = f"text {reader.table.name} {paths[0]}"
    reader.connection.register(view, together)
    return '"' + view.replace('"', '""') + '"'


def _even(content: bytes, reader: Reader, *, width: int) -> bytes:
    """LazySimpleSerDe's lines as wide as the table: what is missing at their ends is null, what is too much is left out."""
    dialect = _dialect(reader)
    if reader.serde != "LazySimpleSerDe" or dialect.escape_char:
        return content
    sign, lines = dialect.delimiter.encode(), content.splitlines()
    if all(line.count(sign) == width - 1 for line in lines):
        return content
    rows = (line.split(sign) for line in lines)
    return b"".join(sign.join((row + [_NULL.encode()] * (width - len(row)))[:width]) + b"\n" for row in rows)


def _keep_what_duckdb_cannot_unpack(files: LakeFiles, paths: list[str]) -> None:
    for path in paths:
        if packing(path) not in ("", "gz", "zst"):
            files.kept[path] = _content(files, path)


def _content(files: LakeFiles, path: str) -> bytes:
    try:
        content = files.fetch(path, 0, files.sizes[path])
    except OSError:
        raise files.failure or QueryFailure("HIVE_CANNOT_OPEN_SPLIT", f"Error opening {path}") from None
    return unpacked(content, path)


def _dialect(reader: Reader) -> Any:
    options = reader.options
    if reader.serde == "OpenCSVSerde":
        return csv.ParseOptions(
            delimiter=options.get("separatorChar", ","),
            quote_char=options.get("quoteChar", '"'),
            escape_char=_one(options.get("escapeChar", "\\")),
            double_quote=True,
            newlines_in_values=False,
            ignore_empty_lines=False,
        )
    return csv.ParseOptions(
        delimiter=delimiter_of(options),
        quote_char=False,
        escape_char=_one(options.get("escape.delim", "")),
        double_quote=False,
        ignore_empty_lines=False,
    )


def delimiter_of(options: dict[str, str]) -> str:
    """The letter between the fields of a delimited table."""
    delimiter = options.get("field.delim", options.get("serialization.format", "\x01"))
    return "\x01" if delimiter == "1" else delimiter.replace("\\t", "\t")


def _one(escape: str) -> str | bool:
    return "\\" if escape in ("\\", "\\\\") else escape or False
