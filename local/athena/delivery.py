"""What a finished statement leaves in the results' bucket: the rows, `.metadata` beside them, and the manifest of what it wrote."""

import io
import tempfile

from local.athena import protobuf, results
from local.athena.engine import Answer
from local.athena.job import Job

_IN_MEMORY = 8 << 20
_CHANGES = {"INSERT": "INSERT", "CREATE_TABLE_AS_SELECT": "CREATE TABLE", "UNLOAD": "UNLOAD"}


def deliver(job: Job, answer: Answer) -> str | None:
    """Write the files of an answer; returns where the manifest is. Raises QueryFailure, also while rows are read."""
    if answer.body:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body:
            if job.location.endswith(".csv") and answer.columns:
                results.write_csv(body, [column["Name"] for column in answer.columns], answer.rows)
            else:
                results.write_text(body, answer.rows)
            results.upload(job.caller.s3, job.location, body, job.terms.encryption)
    if answer.columns:
        results.upload(job.caller.s3, job.location + ".metadata", io.BytesIO(_metadata(job, answer)), job.terms.encryption)
    if not answer.manifest:
        return None
    listed = "".join(f"{path}\n" for path in answer.written)
    results.upload(job.caller.s3, job.location + "-manifest.csv", io.BytesIO(listed.encode()), job.terms.encryption)
    return job.location + "-manifest.csv"


def _metadata(job: Job, answer: Answer) -> bytes:
    change = _CHANGES.get(job.statement.name)
    described = job.query_id if job.statement.kind == "UTILITY" else job.engine_id
    return protobuf.encoded(described, answer.columns, (change, answer.updated or 0) if change else None)
