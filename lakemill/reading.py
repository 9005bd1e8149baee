"""Raw files as judged rows: one fast Spark read of all, and a slower one of few that finds each row's line and text."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial, reduce
from typing import Any

from lakemill import cleaning
from lakemill.intake import Intake, RawFile, alike, received, records
from lakemill.load import Load, Store

Taken = Sequence[tuple[RawFile, Intake]]

FILLED = r"value rlike '[^\\x00-\\x20]'"
# A line's number is its place among the lines of its block of the file, after the lines of the blocks before.
BLOCKS = f"""
    select path, block, first_turn, before, min(before + first_filled - first_turn) over (partition by path) as header
    from (
      select *, coalesce(sum(size) over (partition by path order by block rows between unbounded preceding and 1 preceding), 0) as before
      from (
        select path, block, count(*) as size, min(turn) as first_turn, min(case when {FILLED} then turn end) as first_filled
        from {{lines}} group by path, block
      )
    )"""
LINES = """
    select /*+ broadcast(blocks) */ lines.path, place, int(before + turn - first_turn + 1) as line, cast(value as binary) as bytes
    from {lines} as lines join {blocks} as blocks on lines.path = blocks.path and lines.block = blocks.block
    where before + turn - first_turn > header"""
TURNS = "select *, place - min(place) over (partition by path) as turn from {rows}"


def rows_of(job: Load, *, taken: Taken) -> Any:
    """Every row of the files, judged by itself: source_file, typed columns, reason, record_id, warnings, block, row_order.

    `block` is where the part of the file that Spark read at once begins, `row_order` grows by one from row to row of it.
    """
    block = "_metadata.file_block_start as block"
    parts = [_judged(job, rows=_parsed(job, shape=shape, files=files), shape=shape, places=[block]) for shape, files in alike(taken)]
    return _together(job, parts, more="block bigint").selectExpr("*", "monotonically_increasing_id() as row_order")


def located(job: Load, *, taken: Taken) -> Any:
    """The same rows, found a second time and more slowly, each with its line and its bytes."""
    parts = []
    for shape, files in alike(taken):
        find = _records if shape.quoted_newlines else _lines
        parts.append(find(job, shape=shape, files=files).drop("path", "place", "turn"))
    return _together(job, parts, more="line int, bytes binary")


def _together(job: Load, parts: Sequence[Any], *, more: str) -> Any:
    if parts:
        return reduce(lambda one, two: one.unionByName(two), parts)
    columns = [f"{column.name} {column.type}" for column in job.dataset.columns]
    schema = ["source_file string", *columns, "reason string", "record_id string", "warnings string", more]
    return job.spark.createDataFrame([], ", ".join(schema))


def _paths(job: Load, files: Sequence[RawFile]) -> list[str]:
    return [cleaning.plain(job.store.address(file.key)) for file in files]


def _parsed(job: Load, *, shape: Intake, files: Sequence[RawFile], header: bool = True) -> Any:
    """One Spark read of files of one shape. Without `header` the header's line is a row like any other."""
    return job.spark.read.option("recursiveFileLookup", "true").csv(
        _paths(job, files),
        schema=cleaning.schema(shape.header, dataset=job.dataset),
        header=header,
        mode="PERMISSIVE",
        columnNameOfCorruptRecord=cleaning.BROKEN,
        escape='"',
        multiLine=shape.quoted_newlines,
    )


def _judged(job: Load, *, rows: Any, shape: Intake, places: Sequence[str] = ()) -> Any:
    """Parsed rows with their types and reasons. `places` are expressions to be kept beside; their names are their last words."""
    kept = ["source_file", *(each.rsplit(" ", 1)[-1] for each in places)]
    source = cleaning.source_file(job.store.address(""))
    texts = rows.selectExpr(source, *places, *cleaning.texts(shape.header, dataset=job.dataset))
    typed = texts.selectExpr(*kept, "fault", *cleaning.typed(job.dataset))
    return typed.selectExpr(*kept, *cleaning.judged(job.dataset))


def _placed(job: Load, *, shape: Intake, files: Sequence[RawFile]) -> Any:
    places = ("_metadata.file_path as path", "monotonically_increasing_id() as place")
    return _judged(job, rows=_parsed(job, shape=shape, files=files, header=False), shape=shape, places=places)


def _lines(job: Load, *, shape: Intake, files: Sequence[RawFile]) -> Any:
    # Spark cuts and packs the same files in the same way for both reads, and skips the same blank lines: row and line have one place.
    rows = _placed(job, shape=shape, files=files)
    text = job.spark.read.option("recursiveFileLookup", "true").text(_paths(job, files))
    places = ("_metadata.file_path as path", "_metadata.file_block_start as block", "monotonically_increasing_id() as turn")
    lines = text.selectExpr("value", *places)
    blocks = job.sql(BLOCKS, lines=lines)
    filled = lines.where(FILLED).selectExpr("*", "monotonically_increasing_id() as place")
    return rows.join(job.sql(LINES, lines=filled, blocks=blocks), ["path", "place"])


def _records(job: Load, *, shape: Intake, files: Sequence[RawFile]) -> Any:
    rows = job.sql(TURNS, rows=_placed(job, shape=shape, files=files))
    found = job.spark.sparkContext.parallelize(list(files), len(files)).flatMap(partial(_numbered, job.store))
    numbered = job.spark.createDataFrame(found, "source_file string, turn bigint, line int, bytes binary").where("turn > 0")
    return rows.join(numbered, ["source_file", "turn"])


def _numbered(store: Store, file: RawFile) -> Iterator[tuple[str, int, int, bytearray]]:
    with closing(store.opened(file)) as stream:
        for turn, line, text in records(stream, name=file.key, spans=True):
            yield file.key, turn, line, bytearray(received(text))
