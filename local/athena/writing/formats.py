"""File formats that are written: Parquet, JSON lines and delimited text, under Athena's names and defaults.

Every writer takes Arrow record batches and fills an open file. ORC, Avro and Ion are refused, and so is compression that the
reader of tables does not know.
"""

import base64
import gzip
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Protocol

import pyarrow as pa
from pyarrow import parquet

from local.athena.failures import QueryFailure, not_supported
from local.athena.text import formatter, plain

_CODECS = {"GZIP": "gzip", "SNAPPY": "snappy", "ZSTD": "zstd", "NONE": "none"}
NULL = "\\N"


@dataclass(frozen=True)
class Format:
    """A way to write files: `name` PARQUET, JSON or TEXTFILE; `codec` of pyarrow's; `delimiter` of TEXTFILE."""

    name: str
    codec: str = "gzip"
    delimiter: str = "\x01"

    @property
    def ending(self) -> str:
        """How the files' names end."""
        return ".gz" if self.name != "PARQUET" and self.codec == "gzip" else ""

    def writer(self, out: IO[bytes], schema: pa.Schema) -> "Writer":
        """A writer of rows with this schema."""
        if self.name == "PARQUET":
            return _Parquet(out, schema, self.codec)
        line = _json_line(schema) if self.name == "JSON" else _text_line(schema, self.delimiter)
        return _Lines(out, line, compressed=self.codec == "gzip")


class Writer(Protocol):
    """Rows on their way to a file."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""

    def close(self) -> None:
        """Finish the file, which stays open."""


def chosen(name: str, compression: str | None, delimiter: str | None = None) -> Format:
    """The format of these properties. Raises QueryFailure."""
    kind, codec = name.upper(), (compression or "GZIP").upper()
    if kind not in ("PARQUET", "JSON", "TEXTFILE"):
        if kind in ("ORC", "AVRO", "ION"):
            raise not_supported(f"writing {kind} (PARQUET, JSON and TEXTFILE are written)")
        raise QueryFailure("INVALID_TABLE_PROPERTY", f"Invalid value for format property: {name}")
    if codec not in _CODECS or (kind != "PARQUET" and codec not in ("GZIP", "NONE")):
        raise not_supported(f"writing {kind} with {codec} compression")
    if delimiter is not None and (kind != "TEXTFILE" or len(delimiter) != 1):
        raise QueryFailure("INVALID_TABLE_PROPERTY", "field_delimiter is one character, and for TEXTFILE only")
    return Format(kind, _CODECS[codec], delimiter or "\x01")


class _Parquet:
    def __init__(self, out: IO[bytes], schema: pa.Schema, codec: str) -> None:
        self._writer = parquet.ParquetWriter(out, schema, compression=codec, use_deprecated_int96_timestamps=True)

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)

    def close(self) -> None:
        self._writer.close()


class _Lines:
    def __init__(self, out: IO[bytes], line: Callable[[tuple[Any, ...]], str], *, compressed: bool) -> None:
        self._file = gzip.GzipFile(fileobj=out, mode="wb", mtime=0) if compressed else out
        self._line, self._compressed = line, compressed

    def write(self, batch: pa.RecordBatch) -> None:
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        self._file.write("".join([self._line(row) for row in rows]).encode())

    def close(self) -> None:
        if self._compressed:
            self._file.close()


def _text_line(schema: pa.Schema, delimiter: str) -> Callable[[tuple[Any, ...]], str]:
    for field in schema:
        if pa.types.is_nested(field.type):
            raise not_supported(f"writing column {field.name} of a nested type as TEXTFILE")
    shows = [_hive_text(field.type) for field in schema]
    return lambda row: delimiter.join([NULL if value is None else show(value) for value, show in zip(row, shows, strict=True)]) + "\n"


def _hive_text(kind: pa.DataType) -> Callable[[Any], str]:
    if pa.types.is_timestamp(kind):
        return lambda value: str(value.isoformat(" ", "milliseconds"))
    if pa.types.is_binary(kind):
        return lambda value: base64.b64encode(value).decode()
    return formatter("float") if pa.types.is_float32(kind) else plain


def _json_line(schema: pa.Schema) -> Callable[[tuple[Any, ...]], str]:
    names, shows = schema.names, [_json_value(field.type) for field in schema]

    def line(row: tuple[Any, ...]) -> str:
        found = {name: None if value is None else show(value) for name, show, value in zip(names, shows, row, strict=True)}
        return json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n"

    return line


def _json_value(kind: pa.DataType) -> Callable[[Any], Any]:
    if pa.types.is_map(kind):
        show = _json_value(kind.item_type)
        return lambda pairs: {str(key): None if value is None else show(value) for key, value in pairs}
    if pa.types.is_list(kind):
        show = _json_value(kind.value_type)
        return lambda values: [None if value is None else show(value) for value in values]
    if pa.types.is_struct(kind):
        shows = {field.name: _json_value(field.type) for field in kind}
        return lambda value: {name: None if value[name] is None else show(value[name]) for name, show in shows.items()}
    return _json_scalar


def _json_scalar(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat(" ", "milliseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return _json_number(value)
        case float() if not math.isfinite(value):
            raise not_supported(f"writing {value} as JSON")
        case bytes():
            return base64.b64encode(value).decode()
    return value


def _json_number(value: Decimal) -> float | int:
    whole = value.to_integral_value()
    if value == whole:
        return int(whole)
    if Decimal(repr(float(value))) != value:
        raise not_supported(f"writing a decimal of so many digits as JSON: {value}")
    return float(value)
