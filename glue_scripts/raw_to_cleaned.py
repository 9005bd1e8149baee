"""Glue job: new files of the raw zone become typed records in cleaned, refused rows in quarantine, and lines in the ledger.

One Iceberg append per dataset carries the run id and the files' accounts, so a run that dies at any point can be
repeated: what it wrote is recognised, what it did not write is written.
"""

import io
import sys
import time
from dataclasses import dataclass
from typing import Any, BinaryIO

from pyspark.sql import SparkSession

from lakemill import commits, ledger, metrics, taking
from lakemill.datasets import dataset as declared
from lakemill.expiry import expire
from lakemill.intake import ChangedError, RawFile
from lakemill.judging import halt_if_broken, tell_warnings
from lakemill.ledger import Account
from lakemill.load import OPTIONS, Load, Store, sentence
from lakemill.retry import finish_retry, retry


def main(argv: list[str] | None = None) -> None:
    """Load every dataset named in --datasets; a dataset without new files is left as it is."""
    try:
        from awsglue.utils import getResolvedOptions
    except ImportError:
        from lakemill.arguments import getResolvedOptions
    options = getResolvedOptions(argv or sys.argv, list(OPTIONS))
    store: Store = Bucket(options["raw_bucket"])
    spark = SparkSession.builder.getOrCreate()
    for name in options["datasets"].split(","):
        started = time.monotonic()
        told = load(Load.of(declared(name), spark=spark, store=store, options=options))
        print(f"{name}: {told}; {time.monotonic() - started:.1f} s", flush=True)


def load(job: Load) -> str:
    """Take the dataset's new files; a sentence about what became of them."""
    commits.prepare(job)
    done = commits.finish_interrupted(job)
    finish_retry(job)
    expire(job)
    try:
        if job.retry:
            job.tell(retry(job, done=done))
            job.spark.catalog.clearCache()
        new = [file for file in job.files() if (file.key, file.version) not in done and job.wants(file)]
        accounts = take(job, files=new) if new else []
    finally:
        job.spark.catalog.clearCache()
    if not accounts:
        return "nothing new"
    measure(job, accounts=accounts)
    return sentence(accounts)


def take(job: Load, *, files: list[RawFile]) -> list[Account]:
    """Read, judge and write the files; their accounts."""
    taken = taking.examined(job, files=files)
    if not taken:
        return []
    batch = taking.read(job, taken=taken)
    halt_if_broken(batch.refused, counts=batch.counts, job=job)
    accounts = batch.accounts()
    if accounts:
        tell_warnings(job, counts=batch.counts)
        commits.commit(batch.judged, refused=batch.refused, job=job, accounts=accounts)
    return accounts


def measure(job: Load, *, accounts: list[Account]) -> None:
    """Put the run's numbers where alarms look; a failure to do so is told and stops nothing."""
    rows = ledger.total(accounts, "rows_in")
    percent = 100 * ledger.total(accounts, "rows_quarantined") / rows if rows else 0.0
    try:
        metrics.put(environment=job.environment, dataset=job.dataset.name, percent=percent, rows_in=rows)
    except Exception as error:
        job.tell(f"the metrics of this run were not put: {type(error).__name__}: {error}")


class Body(io.RawIOBase):
    """An S3 body as a plain stream: unlike boto3's own it stays open at its end, as readers of text and gzip expect."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._body.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


@dataclass(frozen=True)
class Bucket:
    """The raw zone's bucket."""

    name: str

    def listed(self, prefix: str) -> list[RawFile]:
        """The objects under the prefix, by key; folder marks and names that Spark takes for hidden are left out."""
        import boto3

        pages: Any = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        objects = [each for page in pages for each in page.get("Contents", [])]
        visible = [each for each in objects if each["Key"].rsplit("/", 1)[-1][:1] not in ("", "_", ".")]
        return [
            RawFile(key=each["Key"], version=each["ETag"].strip('"'), size=each["Size"], day=f"{each['LastModified']:%Y-%m-%d}")
            for each in visible
        ]

    def opened(self, file: RawFile) -> BinaryIO:
        """The object's bytes as a stream; ChangedError if the object was replaced or removed since it was listed."""
        import boto3
        from botocore.exceptions import ClientError

        try:
            answer = boto3.client("s3").get_object(Bucket=self.name, Key=file.key, IfMatch=f'"{file.version}"')
        except ClientError as error:
            if error.response["Error"]["Code"] in ("PreconditionFailed", "NoSuchKey", "412", "404"):
                raise ChangedError(file.key) from error
            raise
        return io.BufferedReader(Body(answer["Body"]))

    def address(self, key: str) -> str:
        """The address Spark reads the object by."""
        return f"s3://{self.name}/{key}"


if __name__ == "__main__":
    main()
