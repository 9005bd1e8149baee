"""Glue job: every Iceberg table of the platform is looked after (lakemill/maintenance.py), and what was done is written down.

A table that fails does not hold up the others; the job fails after the last one, with all reasons.
"""

import sys
import time
from datetime import UTC, datetime

from pyspark.sql import SparkSession

from lakemill import maintenance
from lakemill.maintenance import OPTIONS, Report, Rules


class TablesFailed(RuntimeError):
    """Tables that could not be looked after."""


def main(argv: list[str] | None = None) -> None:
    """Look after every table of the three databases."""
    try:
        from awsglue.utils import getResolvedOptions
    except ImportError:
        from lakemill.arguments import getResolvedOptions
    options = getResolvedOptions(argv or sys.argv, list(OPTIONS))
    spark, rules, now = SparkSession.builder.getOrCreate(), Rules.of(options), datetime.now(UTC)
    cleaned, quarantine = options["cleaned_database"], options["quarantine_database"]
    names = maintenance.found(spark, databases=(cleaned, quarantine, options["curated_database"]))
    waiting = maintenance.interrupted(spark, quarantine=quarantine, names=names)
    reports: list[Report] = []
    failed: list[str] = []
    for name in names:
        started = time.monotonic()
        database, table = name.split(".")
        keep = bool(waiting) and database in (cleaned, quarantine) and table in (*waiting, "ledger")
        try:
            reports.append(maintenance.maintain(spark, table=name, rules=rules, now=now, keep_history=keep))
            told = f"{reports[-1]}{', no snapshots: a retry is not finished' if keep else ''}"
        except Exception as error:
            told = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
            failed.append(f"{name}: {told}")
        print(f"{name}: {told}; {time.monotonic() - started:.1f} s", flush=True)
    maintenance.record(spark, database=cleaned, reports=reports, run_id=options["run_id"], now=now)
    if failed:
        raise TablesFailed(f"{len(failed)} of {len(names)} tables could not be looked after: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
