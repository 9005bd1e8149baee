"""UNLOAD: the rows of a query as files below a location, without a table."""

from local.athena import engine
from local.athena.engine import Answer
from local.athena.failures import QueryFailure
from local.athena.job import Job
from local.athena.writing import shape, wishes
from local.athena.writing.counted import counted
from local.athena.writing.files import Files, folder, has_objects
from local.athena.writing.formats import chosen
from local.athena.writing.partitions import folder_name, split_columns
from local.athena.writing.writers import Writers, cast


def run(job: Job) -> Answer:
    """Run an UNLOAD. Raises QueryFailure."""
    wanted = wishes.of_unload(job.statement)
    location = folder(job.statement.arguments["location"])
    written = chosen(wanted.of("format", ""), wanted.compression, wanted.of("field_delimiter", None))
    if has_objects(job.caller.s3, location):
        raise QueryFailure("HIVE_PATH_ALREADY_EXISTS", f"Target directory already exists: {location}")
    planned = engine.plan(job.session, job.statement)
    columns = [(name, shape.hive_type(name, kind)) for name, kind in shape.named(planned.columns)]
    data, keys = split_columns(columns, wanted.of("partitioned_by", []))
    files = Files(job.caller.s3, job.terms.encryption, job.engine_id)
    writers = Writers(files, written, shape.arrow(data), shape.arrow(keys).names, lambda key: location + folder_name(keys, key))
    writers.write(cast(engine.batches(job.session, planned), shape.arrow(columns)))
    return counted(writers.rows, tuple(files.written), manifest=True)
