"""One dataset in one run: where its files are, which tables take them, and what is said about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lakemill import ledger, tables
from lakemill.cleaning import quoted
from lakemill.declare import Dataset


@dataclass(frozen=True, kw_only=True)
class Load:
    """The load of one dataset in a Spark session. Table names are complete: catalog.database.table."""

    spark: Any
    dataset: Dataset
    bucket: str
    run_id: str
    cleaned: str
    quarantine: str
    ledger: str

    @classmethod
    def of(cls, dataset: Dataset, *, spark: Any, options: Mapping[str, str]) -> "Load":
        """The load of the dataset under the job's options."""
        cleaned = f"{tables.CATALOG}.{options['cleaned_database']}"
        return cls(
            spark=spark,
            dataset=dataset,
            bucket=options["raw_bucket"],
            run_id=options["run_id"],
            cleaned=f"{cleaned}.{dataset.name}",
            quarantine=f"{tables.CATALOG}.{options['quarantine_database']}.{dataset.name}",
            ledger=f"{cleaned}.ledger",
        )

    def stamp(self, moment: str) -> dict[str, str]:
        """Spark SQL for the run id and the present time in UTC, by column name; `moment` names the second."""
        return {"run_id": quoted(self.run_id), moment: f"timestamp_ntz'{datetime.now(UTC):%Y-%m-%d %H:%M:%S}'"}


def sentence(accounts: Sequence[ledger.Account]) -> str:
    """What became of the files, in a few words."""
    counts = ", ".join(f"{ledger.total(accounts, f'rows_{verdict}'):,} {verdict}" for verdict in ledger.VERDICTS)
    files = f"{len(accounts)} file{'s' * (len(accounts) != 1)}"
    return f"{files}, {ledger.total(accounts, 'rows_in'):,} rows in: {counts}"
