"""Open files, one per partition: rows go in as they come, objects are put when all rows are in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import IO

import pyarrow as pa

from local.athena.failures import QueryFailure
from local.athena.writing.files import Files
from local.athena.writing.formats import Format, Writer
from local.athena.writing.partitions import MOST, Key, grouped


@dataclass
class Writers:
    """The open files of a statement. `place` gives the folder for the values of the partition columns."""

    files: Files
    format: Format
    schema: pa.Schema
    keys: list[str]
    place: Callable[[Key], str]
    rows: int = 0
    _open: dict[Key, tuple[IO[bytes], Writer]] = field(default_factory=dict)

    def write(self, batches: Iterable[pa.RecordBatch]) -> list[Key]:
        """Write all rows, whose columns are those of `schema` and then the keys; returns the partitions. Raises QueryFailure."""
        for batch in batches:
            self.rows += batch.num_rows
            keys = [batch.column(name) for name in self.keys]
            for key, part in grouped(batch.select(self.schema.names), keys):
                self._writer(key).write(part)
        for key, (body, writer) in self._open.items():
            writer.close()
            self.files.put(self.files.name(self.place(key), self.format.ending), body)
            body.close()
        return list(self._open)

    def _writer(self, key: Key) -> Writer:
        if key not in self._open:
            if len(self._open) == MOST:
                raise QueryFailure("HIVE_TOO_MANY_OPEN_PARTITIONS", f"Exceeded limit of {MOST} open writers for partitions/buckets")
            body = self.files.body()
            self._open[key] = body, self.format.writer(body, self.schema)
        return self._open[key][1]


def cast(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterable[pa.RecordBatch]:
    """The batches under the names and in the types of `schema`. Raises QueryFailure for a value that does not fit."""
    for batch in batches:
        try:
            columns = [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)]
        except pa.ArrowInvalid as error:
            raise QueryFailure("NUMERIC_VALUE_OUT_OF_RANGE", str(error)) from error
        yield pa.RecordBatch.from_arrays(columns, schema=schema)
