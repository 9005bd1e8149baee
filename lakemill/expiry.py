"""Refused rows expire: after some days they are deleted, and so are the files that older snapshots still hold them in."""

from datetime import UTC, datetime, timedelta

from lakemill.load import Load
from lakemill.tables import CATALOG


def expire(job: Load, *, now: datetime | None = None) -> int:
    """Delete rows refused more than `quarantine_days` ago; how many. Where nothing is old enough, only metadata is read.

    A bucket's lifecycle rule cannot do this: it would delete data files that the table still names.
    """
    limit = f"{(now or datetime.now(UTC)) - timedelta(days=job.quarantine_days):%Y-%m-%d %H:%M:%S}"
    old = f"refused_at < timestamp_ntz'{limit}'"
    many = int(job.spark.sql(f"select coalesce(sum(coalesce(rows, 1)), 0) as many from {job.quarantine} where {old}").head().many)
    if many:
        job.spark.sql(f"delete from {job.quarantine} where {old}")
        job.tell(f"{many:,} refused row{'s' * (many != 1)} older than {job.quarantine_days} days deleted from quarantine")
    if many or _holds_older(job, limit=limit):
        _forget(job)
    return many


def _holds_older(job: Load, *, limit: str) -> bool:
    """Whether a snapshot that is no longer the table's state may still hold expired rows: a run may have died before forgetting it."""
    query = (
        f"select 1 from {job.quarantine}.snapshots as each where committed_at < timestamp'{limit} UTC' "
        f"and exists (select 1 from {job.quarantine}.snapshots as next where next.parent_id = each.snapshot_id) limit 1"
    )
    return not job.spark.sql(query).isEmpty()


def _forget(job: Load) -> None:
    table = job.quarantine.removeprefix(f"{CATALOG}.")
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
    job.spark.sql(
        f"call {CATALOG}.system.expire_snapshots(table => '{table}', older_than => timestamp'{now} UTC', retain_last => 1)"
    ).collect()
