"""Where refused rows stand in their files: one pass in Python over the files that have some finds line and bytes.

Spark numbers rows in the order in which it reads a block of a file. So the turn of a row among those of its file is known
once the blocks before it are counted, and the pass need only count.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any

from lakemill.intake import RawFile, received, records
from lakemill.load import Load, Store
from lakemill.reading import Taken

BLOCKS = """
    select source_file, block, first,
      coalesce(sum(size) over (partition by source_file order by block rows between unbounded preceding and 1 preceding), 0) as before
    from (
      select source_file, block, min(row_order) as first, if(
        max(row_order) - min(row_order) + 1 = count(*), count(*), raise_error('a block''s rows are not numbered one after the other')
      ) as size
      from {rows} group by source_file, block
    )"""
TURNS = """
    select /*+ broadcast(blocks) */ rows.source_file, collect_list(struct(before + row_order - blocks.first + 1 as turn, reason)) as refused
    from {rows} as rows join {blocks} as blocks on rows.source_file = blocks.source_file and rows.block = blocks.block
    where reason is not null group by rows.source_file"""

Files = Mapping[str, tuple[RawFile, bool]]


def refused_at(rows: Any, *, job: Load, taken: Taken) -> Any:
    """Refused rows of `rows` with their place: source_file, reason, line, bytes."""
    files = {file.key: (file, intake.quoted_newlines) for file, intake in taken}
    blocks = job.sql(BLOCKS, rows=rows)
    refused = job.sql(TURNS, rows=rows, blocks=blocks).rdd.flatMap(partial(_found, job.store, files))
    return job.spark.createDataFrame(refused, "source_file string, reason string, line int, bytes binary")


def _found(store: Store, files: Files, row: Any) -> Iterator[tuple[str, str, int, bytearray]]:
    file, spans = files[row.source_file]
    reasons = {each.turn: each.reason for each in row.refused}
    last = max(reasons)
    with closing(store.opened(file)) as stream:
        for turn, line, text in records(stream, name=file.key, spans=spans):
            if turn in reasons:
                yield file.key, reasons[turn], line, bytearray(received(text))
            if turn == last:
                return
